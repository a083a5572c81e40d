// btf/data.hpp: what the copies of a Btf share: the bytes, and where each type's record starts.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "btf/index.hpp"
#include "skep/btf.hpp"

namespace skep::btf {

// struct btf_type and the records after it, as 32-bit words (include/uapi/linux/btf.h).
inline constexpr std::uint32_t word_size = 4;
inline constexpr std::uint32_t header_words = 3;  // name offset, info, size or type

[[nodiscard]] inline std::uint32_t word_at(const std::byte* record, std::uint32_t index) noexcept {
  std::uint32_t value;
  std::memcpy(&value, record + std::size_t{index} * word_size, word_size);
  return value;
}

// Whether the record holds a size, where that of another kind holds a type.
[[nodiscard]] constexpr bool has_size(Kind kind) noexcept {
  switch (kind) {
    case Kind::int_:
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
    case Kind::float_:
    case Kind::datasec:
      return true;
    default:
      return false;
  }
}

[[nodiscard]] constexpr Kind kind_of(std::uint32_t info) noexcept {
  return static_cast<Kind>(info >> 24 & 0x1f);
}
[[nodiscard]] constexpr std::uint32_t vlen_of(std::uint32_t info) noexcept { return info & 0xffff; }
[[nodiscard]] constexpr bool flag_of(std::uint32_t info) noexcept { return info >> 31 != 0; }

// Longer chains of typedefs, qualifiers and array dimensions are taken for hostile: real ones stay
// below ten, and a chain that goes round has no end.
inline constexpr unsigned longest_chain = 256;

struct Data {
  std::shared_ptr<const void> owner;  // keeps `bytes` alive
  std::shared_ptr<const Data> base;   // of a split BTF
  Bytes bytes;
  Bytes types;
  std::string_view strings;  // the section with its NULs
  TypeId first_id = 1;
  std::uint32_t first_string = 0;          // offset of strings[0]
  std::span<const std::uint32_t> offsets;  // in `types`, of first_id, first_id + 1, …
  std::vector<std::uint32_t> own_offsets;  // where they are, unless the index has them
  std::optional<NameIndex> names;          // of a set without a base
  std::shared_ptr<const void> index_owner;

  [[nodiscard]] TypeId end_id() const noexcept {
    return first_id + static_cast<TypeId>(offsets.size());
  }
  [[nodiscard]] std::uint32_t end_string() const noexcept {
    return first_string + static_cast<std::uint32_t>(strings.size());
  }
  // Precondition: id < end_id().
  [[nodiscard]] const std::byte* record(TypeId id) const noexcept;
  // Empty for an offset that is not in here.
  [[nodiscard]] std::string_view string(std::uint32_t offset) const noexcept;
  // Is `text` (without a NUL in it) the string there?
  [[nodiscard]] bool string_is(std::uint32_t offset, std::string_view text) const noexcept;
};

// Header, sections and strings of `bytes`, checked; the types are not looked at yet.
[[nodiscard]] Result<std::shared_ptr<Data>> read_sections(Bytes bytes,
                                                          std::shared_ptr<const void> owner,
                                                          std::shared_ptr<const Data> base);

struct Access {
  static const Data& data(const Btf& types) noexcept { return *types.data_; }
  static Btf make(std::shared_ptr<const Data> data) noexcept { return Btf(std::move(data)); }
};

}  // namespace skep::btf
