// object/raw_types.hpp: BTF as bytes that may be written to.
//
// The compiler leaves in an object's BTF what only the linker knows, so the loader writes it there
// before anybody parses it. Btf itself is immutable; this finds the places to write.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/btf.hpp"

namespace skep::object {

// Borrows the bytes. Every record that it knows of lies inside them.
class RawTypes {
 public:
  // Nothing when the bytes are malformed: Btf::parse will say how.
  static std::optional<RawTypes> find(std::vector<std::byte>& bytes);

  [[nodiscard]] btf::TypeId end_id() const noexcept {
    return static_cast<btf::TypeId>(records_.size());
  }
  // Preconditions: 0 < id < end_id(); word, part: the record has it.
  [[nodiscard]] btf::Kind kind(btf::TypeId id) const noexcept;
  [[nodiscard]] std::uint32_t vlen(btf::TypeId id) const noexcept { return info(id) & 0xffff; }
  [[nodiscard]] std::string_view name(btf::TypeId id) const noexcept;

  // The words of a record (struct btf_type): 0 name, 1 info, 2 size or type, 3… what the kind adds.
  [[nodiscard]] std::uint32_t word(btf::TypeId id, std::uint32_t index) const noexcept;
  void set_word(btf::TypeId id, std::uint32_t index, std::uint32_t value) noexcept;

  // The bytes with a variable more, whose name is a new string at the end: its id is end_id().
  [[nodiscard]] std::vector<std::byte> with_variable(std::string_view name, btf::Linkage linkage,
                                                     btf::TypeId type) const;
  // Where the next string would stand.
  [[nodiscard]] std::uint32_t end_of_strings() const noexcept {
    return static_cast<std::uint32_t>(strings_length_);
  }

 private:
  explicit RawTypes(std::vector<std::byte>& bytes) noexcept : bytes_(&bytes) {}
  [[nodiscard]] std::uint32_t info(btf::TypeId id) const noexcept { return word(id, 1); }
  bool find_records(std::uint64_t offset, std::uint64_t length);

  std::vector<std::byte>* bytes_;
  std::vector<std::uint32_t> records_;  // by id: offset of the record; [0] is void and has none
  std::uint64_t types_ = 0, types_length_ = 0;
  std::uint64_t strings_ = 0, strings_length_ = 0;
};

inline constexpr std::uint32_t word_name = 0, word_info = 1, word_size = 2, word_more = 3;

}  // namespace skep::object
