#include "object/core_match.hpp"

#include "base/error.hpp"
#include "object/core_types.hpp"

namespace skep::object {
namespace {

// Anonymous structs in anonymous structs: no real type comes near.
constexpr std::uint32_t max_members_seen = 1U << 18;

// Follows the named steps of a local path through a type of the target.
class Search {
 public:
  Search(const Btf& local, const Btf& target, btf::TypeId candidate)
      : local_(local), target_(target), type_(candidate) {
    found_.root = candidate;
  }

  Result<bool> run(const CorePath& path) {
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const auto& step = path.steps[i];
      SKEP_TRY(const bool found, step.is_member() ? find_member(step) : find_element(step, i == 0));
      if (!found) return false;
    }
    return true;
  }

  [[nodiscard]] CorePath take() && { return std::move(found_); }

 private:
  Result<bool> find_member(const CoreStep& step) {
    const auto wanted = local_.type(step.type).member(step.index);
    const auto type = target_.strip(type_);
    SKEP_TRY(const auto outcome, find_member_in(type, wanted));
    return outcome == Outcome::found;
  }

  // Stops at the first member of that name: of another kind, it is not looked for elsewhere.
  enum class Outcome : std::uint8_t { absent, found, other_kind };

  Result<Outcome> find_member_in(const btf::Type& type, const btf::Member& wanted) {
    if (!type.is_composite()) return Outcome::absent;
    for (std::uint32_t i = 0; i < type.vlen(); ++i) {
      if (++members_seen_ > max_members_seen) return too_deep();
      const auto member = type.member(i);
      const bool embeds = member.name.empty();
      if (!embeds && member.name != wanted.name) continue;
      SKEP_CHECK(enter(i, member));
      SKEP_TRY(const auto outcome, embeds ? find_member_in(target_.strip(member.type), wanted)
                                          : check_member(type, i, member, wanted));
      if (outcome != Outcome::absent) return outcome;
      leave(member);
    }
    return Outcome::absent;
  }

  Result<Outcome> check_member(const btf::Type& type, std::uint32_t index,
                               const btf::Member& member, const btf::Member& wanted) {
    TypeComparison comparison(local_, target_);
    SKEP_TRY(const bool same, comparison.fields_compatible(wanted.type, member.type));
    if (!same) return Outcome::other_kind;
    found_.steps.push_back({type.id(), index, member.name});
    type_ = member.type;
    return Outcome::found;
  }

  Result<bool> find_element(const CoreStep& step, bool is_first) {
    auto type = target_.strip(type_);
    if (!is_first) {
      if (!type.is(btf::Kind::array)) return false;
      const bool is_inside =
          step.index < type.array_count() || is_flexible_array(target_, found_.steps.back(), type);
      if (!is_inside) return false;
      type = target_.strip(type.target());
    }
    if (found_.indices.size() == longest_core_path) return too_deep();
    SKEP_TRY(const auto size, target_.size_of(type.id()));
    type_ = type.id();
    found_.steps.push_back({type_, step.index, {}});
    found_.indices.push_back(step.index);
    found_.bit_offset += std::uint64_t{size} * step.index * 8;
    return true;
  }

  Result<void> enter(std::uint32_t index, const btf::Member& member) {
    if (found_.indices.size() == longest_core_path) return too_deep();
    found_.indices.push_back(index);
    found_.bit_offset += member.bit_offset;
    return {};
  }

  void leave(const btf::Member& member) {
    found_.indices.pop_back();
    found_.bit_offset -= member.bit_offset;
  }

  [[nodiscard]] std::unexpected<Error> too_deep() const {
    return fail(ErrorKind::unsupported, "{} of the target nests too deeply",
                target_.c_name(found_.root));
  }

  const Btf& local_;
  const Btf& target_;
  CorePath found_;
  btf::TypeId type_;
  std::uint32_t members_seen_ = 0;
};

std::optional<CorePath> match_enumerator(const CorePath& path, const Btf& target,
                                         btf::TypeId candidate) {
  const auto type = target.strip(candidate);
  if (!type.is_any_enum()) return std::nullopt;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const auto name = type.enumerator(i).name;
    if (!same_essential_name(path.steps[0].name, name)) continue;
    CorePath found;
    found.root = candidate;
    found.indices.push_back(i);
    found.steps.push_back({type.id(), i, name});
    return found;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<CorePath>> match_core_path(const Btf& local, btf::CoreKind kind,
                                                const CorePath& path, const Btf& target,
                                                btf::TypeId candidate) {
  if (is_enumerator_kind(kind)) return match_enumerator(path, target, candidate);
  if (is_type_kind(kind)) {
    TypeComparison comparison(local, target);
    SKEP_TRY(const bool same, kind == btf::CoreKind::type_matches
                                  ? comparison.matches(path.root, candidate)
                                  : comparison.compatible(path.root, candidate));
    if (!same) return std::optional<CorePath>();
    CorePath found;
    found.root = candidate;
    return found;
  }
  Search search(local, target, candidate);
  SKEP_TRY(const bool found, search.run(path));
  if (!found) return std::optional<CorePath>();
  return std::move(search).take();
}

}  // namespace skep::object
