#include "btf/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace skep::btf {
namespace {

constexpr int most_nested = 32;  // structs in structs; C has no use for more

bool is_number(const Type& type) { return type.is(Kind::int_) || type.is_any_enum(); }

class Comparison {
 public:
  Comparison(const Btf& here, const Btf& there) : here_(here), there_(there) {}

  std::optional<std::string> run(TypeId a, TypeId b, const std::string& path, int depth) {
    // Each pair once: types may share parts, and hostile ones share them over and over.
    if (!seen_.emplace(a, b).second || depth > most_nested) return std::nullopt;
    const auto here = here_.strip(a), there = there_.strip(b);
    const bool same_kind = here.kind() == there.kind() || (is_number(here) && is_number(there));
    const auto sizes = std::pair(here_.size_of(a).value_or(0), there_.size_of(b).value_or(0));
    if (!same_kind || sizes.first != sizes.second) return types_differ(a, b, path, sizes);
    if (here.is_composite()) return members(here, there, path, depth);
    if (here.is(Kind::array)) {
      return run(here.target(), there.target(), path + "[]", depth + 1);
    }
    if (here.is_signed() == there.is_signed() && here.is_bool() == there.is_bool()) {
      return std::nullopt;
    }
    return types_differ(a, b, path, sizes);
  }

 private:
  [[nodiscard]] static std::string subject(const std::string& path) {
    return path.empty() ? "a value" : fmt::format("member '{}'", path);
  }

  [[nodiscard]] std::string types_differ(TypeId a, TypeId b, const std::string& path,
                                         std::pair<std::uint32_t, std::uint32_t> sizes) const {
    return fmt::format("{} is '{}' there ({} bytes), '{}' here ({} bytes)", subject(path),
                       there_.c_name(b), sizes.second, here_.c_name(a), sizes.first);
  }

  std::optional<std::string> members(const Type& here, const Type& there, const std::string& path,
                                     int depth) {
    for (std::uint32_t i = 0; i < std::min(here.vlen(), there.vlen()); ++i) {
      const auto ours = here.member(i), theirs = there.member(i);
      const auto inner =
          path.empty() ? std::string(ours.name) : fmt::format("{}.{}", path, ours.name);
      if (ours.name != theirs.name) {
        return fmt::format("{} there is '{}' here", subject(std::string(theirs.name)), inner);
      }
      if (ours.bit_offset != theirs.bit_offset || ours.bit_size != theirs.bit_size) {
        return fmt::format("{} is at bit {} there, {} here", subject(inner), theirs.bit_offset,
                           ours.bit_offset);
      }
      if (auto found = run(ours.type, theirs.type, inner, depth + 1)) return found;
    }
    if (here.vlen() == there.vlen()) return std::nullopt;
    return fmt::format("{} has {} members there, {} here", subject(path), there.vlen(),
                       here.vlen());
  }

  const Btf& here_;
  const Btf& there_;
  std::set<std::pair<TypeId, TypeId>> seen_;
};

}  // namespace

std::optional<std::string> first_difference(const Btf& here, TypeId here_id, const Btf& there,
                                            TypeId there_id) {
  return Comparison(here, there).run(here_id, there_id, "", 0);
}

}  // namespace skep::btf
