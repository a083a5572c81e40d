// btf/index.hpp: names to types of a large set, kept in a file between runs.
//
// A kernel has more than a hundred thousand types; an object wants a dozen of them. To check them
// all (Btf::parse) and to walk them all takes three milliseconds, to ask an index half a one. The
// index says where each type's record starts and which types a name may belong to.
//
// An index says nothing of what a type is: that stands in the BTF. It is believed when its header
// is whole, names the boot of the machine that it was made in, and fits these types: their length,
// and a sample of their bytes. While a machine runs, its kernel's types cannot change, and whoever
// made the index had them checked; so neither they nor the tables are looked through again, which
// would take longer than all else that is done with them (docs/design/decisions.md). What the
// sample is for are other types in the same place (a bind mount, a boot id that is not one).
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

// The bytes of an index of `types`. Precondition: not split. `boot`: of the machine, its id.
[[nodiscard]] std::vector<std::byte> make_index(const Btf& types, std::string_view boot);

// The same types, asked with the index that was just made of them.
[[nodiscard]] Btf with_index(const Btf& types, std::shared_ptr<const std::vector<std::byte>> index);

// What Btf::parse(types) gives, without looking at every type. Nothing when the index is of another
// boot or of other types, cut, or not aligned to 4 bytes. The owners keep the bytes alive.
// Precondition: nobody but us can have written the index.
[[nodiscard]] std::optional<Btf> parse_indexed(Bytes types, std::shared_ptr<const void> owner,
                                               Bytes index, std::shared_ptr<const void> index_owner,
                                               std::string_view boot);

}  // namespace skep::btf
