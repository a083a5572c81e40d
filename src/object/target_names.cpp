#include "object/target_names.hpp"

#include <algorithm>

#include "object/core.hpp"
#include "object/core_types.hpp"

namespace skep::object {

void TargetNames::want_all(std::string_view name, btf::Kind kind) {
  search_.want_all(name, kind);
  wanted_.push_back({std::string(name), kind, true});
}

void TargetNames::want_first(std::string_view name, btf::Kind kind, std::string_view module) {
  if (!module.empty()) {
    named_modules_.emplace_back(module);
    return;
  }
  search_.want_first(name, kind);
  wanted_.push_back({std::string(name), kind, false});
}

void TargetNames::run() {
  if (types_ != nullptr) search_.run(*types_);
}

ModuleNeeds TargetNames::needs_modules() {
  run();
  ModuleNeeds needs{.all = false, .names = named_modules_};
  if (types_ == nullptr) return needs;
  needs.all = std::ranges::any_of(wanted_, [&](const Wanted& wanted) {
    return wanted.all ? search_.all(wanted.name, wanted.kind).empty()
                      : !search_.first(wanted.name, wanted.kind);
  });
  return needs;
}

template <typename Fits>
std::vector<TargetType> TargetNames::in_modules(std::string_view module, Fits fits) const {
  std::vector<TargetType> found;
  const std::size_t count = modules_ != nullptr ? modules_->size() : 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& [name, types] = (*modules_)[i];
    if (!module.empty() && name != module) continue;
    for (auto id = types.first_id(); id < types.end_id(); ++id) {
      if (fits(types.type(id))) found.push_back({&types, i, id});
    }
  }
  return found;
}

std::vector<TargetType> TargetNames::all(std::string_view name, btf::Kind kind) {
  run();
  std::vector<TargetType> found;
  if (types_ != nullptr) {
    for (const auto id : search_.all(name, kind)) found.push_back({types_, {}, id});
  }
  if (!found.empty()) return found;
  const bool is_enum = kind == btf::Kind::enum_ || kind == btf::Kind::enum64;
  return in_modules({}, [&](const btf::Type& type) {
    return (type.is(kind) || (is_enum && type.is_any_enum())) &&
           same_essential_name(type.name(), name);
  });
}

std::optional<TargetType> TargetNames::first(std::string_view name, btf::Kind kind,
                                             std::string_view module) {
  run();
  if (module.empty() && types_ != nullptr) {
    if (const auto id = search_.first(name, kind)) return TargetType{types_, {}, *id};
  }
  const auto found = in_modules(
      module, [&](const btf::Type& type) { return type.is(kind) && type.name() == name; });
  return found.empty() ? std::nullopt : std::optional(found.front());
}

// A kernel has sixty thousand functions, too many to compare them all.
std::vector<std::string> TargetNames::names_like(std::string_view name, btf::Kind kind,
                                                 std::size_t prefix) const {
  constexpr std::size_t max_difference = 3;
  const auto start = name.substr(0, prefix + 1);
  const auto is_near = [&](const btf::Type& type) {
    if (!type.is(kind)) return false;
    const auto other = type.name();
    const auto difference =
        std::max(other.size(), name.size()) - std::min(other.size(), name.size());
    return other.starts_with(start) && difference <= max_difference;
  };
  std::vector<std::string> names;
  for (btf::TypeId id = 1; types_ != nullptr && id < types_->end_id(); ++id) {
    const auto type = types_->type(id);
    if (is_near(type)) names.emplace_back(type.name().substr(prefix));
  }
  for (const auto& found : in_modules({}, is_near)) {
    names.emplace_back(found.types->type(found.id).name().substr(prefix));
  }
  return names;
}

}  // namespace skep::object
