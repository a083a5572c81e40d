#include "btf/minimise.hpp"

#include <algorithm>

#include "btf/encode.hpp"

namespace skep::btf {
namespace {

// Without the parts that nobody wants.
template <typename Part, typename Wants>
void keep(std::vector<Part>& parts, Wants wants) {
  std::uint32_t index = 0;
  std::erase_if(parts, [&](const Part&) { return !wants(index++); });
}

}  // namespace

Selection::Selection(const Btf& types)
    : types_(types), extents_(types.end_id(), Extent::nothing), first_part_(types.end_id()) {}

void Selection::add(TypeId id) { grow(id, Extent::named); }
void Selection::add_whole(TypeId id) { grow(id, Extent::whole); }

void Selection::add_part(TypeId id, std::uint32_t index) {
  const Type type = types_.type(id);
  grow(id, Extent::named);
  want_part(type, index);
  if (!type.is_composite()) return;
  const TypeId member = type.member(index).type;
  grow(member, Extent::named);
  // An array without a length at the end of a struct is as long as one likes; this one is not at
  // the end, and shall not come to stand there.
  const Type array = types_.strip(member);
  const bool is_inner = array.is(Kind::array) && array.array_count() == 0;
  if (is_inner && index + 1 < type.vlen()) {
    want_part(type, type.vlen() - 1);
    grow(type.member(type.vlen() - 1).type, Extent::named);
  }
}

void Selection::want_part(const Type& type, std::uint32_t index) {
  auto& first = first_part_[type.id()];
  if (first == 0) {
    first = static_cast<std::uint32_t>(parts_.size()) + 1;
    parts_.resize(parts_.size() + type.vlen());
  }
  parts_[first - 1 + index] = true;
}

bool Selection::wants_part(TypeId id, std::uint32_t index) const noexcept {
  const auto first = first_part_[id];
  return first != 0 && parts_[first - 1 + index];
}

void Selection::grow(TypeId id, Extent extent) {
  std::vector<Wish> open = {{id, extent}};
  while (!open.empty()) {
    const Wish wish = open.back();
    open.pop_back();
    if (wish.id == 0 || extents_[wish.id] >= wish.extent) continue;
    extents_[wish.id] = wish.extent;
    follow(types_.type(wish.id), wish.extent, open);
  }
}

void Selection::follow(const Type& type, Extent extent, std::vector<Wish>& open) {
  // Behind a pointer only enums are still compared part by part.
  const auto beyond = type.is(Kind::ptr) ? std::min(extent, Extent::enumerators) : extent;
  open.push_back({type.target(), beyond});
  if (type.is(Kind::array)) open.push_back({type.array_index(), Extent::named});
  for (const auto& parameter : type.parameters()) open.push_back({parameter.type, extent});
  for (const auto& variable : type.variables()) open.push_back({variable.type, Extent::named});
  const auto needed = type.is_any_enum() ? Extent::enumerators : Extent::whole;
  if ((!type.is_any_enum() && !type.is_composite()) || extent < needed) return;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    want_part(type, i);
    if (type.is_composite()) open.push_back({type.member(i).type, extent});
  }
}

std::vector<std::byte> Selection::build() const {
  std::vector<TypeId> numbers(types_.end_id());
  std::vector<TypeId> wanted;
  for (TypeId id = 1; id < types_.end_id(); ++id) {
    if (extents_[id] == Extent::nothing) continue;
    wanted.push_back(id);
    numbers[id] = keeps_ids_ ? id : static_cast<TypeId>(wanted.size());
  }
  Encoder out;
  for (const TypeId id : wanted) {
    while (out.next_id() < numbers[id]) out.add({.kind = Kind::ptr});
    Definition type = definition_of(types_.type(id));
    const auto wants = [&](std::uint32_t index) { return wants_part(id, index); };
    keep(type.members, wants);
    keep(type.enumerators, wants);
    type.for_each_id([&](TypeId& other) { other = numbers[other]; });
    out.add(type);
  }
  return out.build();
}

}  // namespace skep::btf
