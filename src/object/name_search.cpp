#include "object/name_search.hpp"

#include <algorithm>
#include <array>

#include "btf/index.hpp"
#include "object/core.hpp"

namespace skep::object {
namespace {

// All enums are one kind.
btf::Kind kind_class(btf::Kind kind) noexcept {
  return kind == btf::Kind::enum64 ? btf::Kind::enum_ : kind;
}

// Lets through what may be a wanted name, by its first three characters: few of the others do.
class Filter {
 public:
  void add(std::string_view name) {
    const auto bit = hash(name);
    bits_[bit / 64] |= std::uint64_t{1} << bit % 64;
  }
  [[nodiscard]] bool passes(std::string_view name) const noexcept {
    const auto bit = hash(name);
    return (bits_[bit / 64] >> bit % 64 & 1) != 0;
  }

 private:
  static std::uint32_t hash(std::string_view name) noexcept {
    const auto byte = [&](std::size_t i) -> std::uint32_t {
      return i < name.size() ? static_cast<unsigned char>(name[i]) : 0;
    };
    return (byte(0) * 31 + byte(1) * 7 + byte(2)) % 4096;
  }
  std::array<std::uint64_t, 64> bits_{};
};

}  // namespace

void NameSearch::want_all(std::string_view name, btf::Kind kind) {
  want(essential_name(name), kind_class(kind), Mode::essential);
}

void NameSearch::want_first(std::string_view name, btf::Kind kind) {
  want(name, kind, Mode::exact);
}

void NameSearch::want(std::string_view name, btf::Kind kind, Mode mode) {
  if (find(name, kind, mode) != nullptr) return;
  wanted_.push_back(std::make_unique<Wanted>(Wanted{std::string(name), kind, mode, false, {}}));
  by_name_.emplace(wanted_.back()->name, wanted_.size() - 1);
  is_stale_ = true;
}

const NameSearch::Wanted* NameSearch::find(std::string_view name, btf::Kind kind, Mode mode) const {
  const auto [begin, end] = by_name_.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    const auto& wanted = *wanted_[at->second];
    if (wanted.kind == kind && wanted.mode == mode) return &wanted;
  }
  return nullptr;
}

void NameSearch::run(const Btf& types) {
  if (!is_stale_) return;
  is_stale_ = false;
  btf::TypeId indexed = 1;
  if (const auto* index = btf::index_of(types)) {
    indexed = index->end_id();
    for (auto& wanted : wanted_) {
      if (wanted->is_done) continue;
      const bool exact = wanted->mode == Mode::exact;
      for (const auto id : index->with(exact ? essential_name(wanted->name) : wanted->name)) {
        const auto type = types.type(id);
        consider(*wanted, type, type.name());
      }
    }
  }
  if (indexed < types.end_id()) walk(types, indexed);
  for (auto& wanted : wanted_) wanted->is_done = true;
}

void NameSearch::walk(const Btf& types, btf::TypeId from) {
  Filter filter;
  for (const auto& wanted : wanted_) {
    if (wanted->is_done) continue;
    filter.add(wanted->name);
    filter.add(wanted->name + "___");  // what follows a name of one or two letters
  }
  for (btf::TypeId id = from; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    if (type.name_offset() == 0) continue;
    const auto name = type.name();
    if (!filter.passes(name)) continue;
    for (const auto key : {essential_name(name), name}) {
      const auto [begin, end] = by_name_.equal_range(key);
      for (auto at = begin; at != end; ++at) consider(*wanted_[at->second], type, name);
      if (key.size() == name.size()) break;  // one and the same
    }
  }
}

void NameSearch::consider(Wanted& wanted, const btf::Type& type, std::string_view name) {
  if (wanted.is_done) return;
  if (wanted.mode == Mode::exact) {
    const bool fits = type.kind() == wanted.kind && name == wanted.name;
    if (fits && wanted.found.empty()) wanted.found.push_back(type.id());
  } else if (kind_class(type.kind()) == wanted.kind && essential_name(name) == wanted.name) {
    wanted.found.push_back(type.id());
  }
}

const std::vector<btf::TypeId>& NameSearch::all(std::string_view name, btf::Kind kind) const {
  return find(essential_name(name), kind_class(kind), Mode::essential)->found;
}

std::optional<btf::TypeId> NameSearch::first(std::string_view name, btf::Kind kind) const {
  const auto& found = find(name, kind, Mode::exact)->found;
  if (found.empty()) return std::nullopt;
  return found.front();
}

}  // namespace skep::object
