// btf/index.hpp: names to types of a large set, kept in a file between runs.
//
// A kernel has more than a hundred thousand types; an object wants a dozen of them. To check them
// all (Btf::parse) and to walk them all takes three milliseconds, to ask an index half a one. The
// index says where each type's record starts and which types a name may belong to.
//
// An index is believed only when it is whole (a checksum over all of it), was made for this kernel,
// and these very bytes of BTF (their length and their hash, over all of them): then they have been
// checked when it was made. It never says what a type is: that stands in the BTF. So the worst that
// a wrong one could do is to let a type go unnoticed, and the checksum is there against that.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/btf.hpp"

namespace skep::btf {

// Views into the bytes of an index.
class NameIndex {
 public:
  // `starts`: of each bucket in `ids`, and the end; one more than a power of two.
  NameIndex(std::span<const std::uint32_t> starts, std::span<const TypeId> ids, TypeId end) noexcept
      : starts_(starts), ids_(ids), end_(end) {}

  // Every type whose essential name (btf/flavour.hpp) is `name`, ascending; others among them.
  [[nodiscard]] std::span<const TypeId> with(std::string_view name) const noexcept;
  // It knows the types below this id.
  [[nodiscard]] TypeId end_id() const noexcept { return end_; }

 private:
  std::span<const std::uint32_t> starts_;
  std::span<const TypeId> ids_;
  TypeId end_;
};

// The index of `types`, or of the set that it builds on; nullptr when there is none.
[[nodiscard]] const NameIndex* index_of(const Btf& types) noexcept;

// The bytes of an index of `types`. Precondition: not split. `kernel`: the build id.
[[nodiscard]] std::vector<std::byte> make_index(const Btf& types, std::string_view kernel);

// The same types, asked with the index that was just made of them.
[[nodiscard]] Btf with_index(const Btf& types, std::shared_ptr<const std::vector<std::byte>> index);

// What Btf::parse(types) gives, without looking at every type. Nothing when the index is damaged,
// of another kernel or of other types, or not aligned to 4 bytes. The owners keep the bytes alive.
[[nodiscard]] std::optional<Btf> parse_indexed(Bytes types, std::shared_ptr<const void> owner,
                                               Bytes index, std::shared_ptr<const void> index_owner,
                                               std::string_view kernel);

}  // namespace skep::btf
