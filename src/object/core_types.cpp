#include "object/core_types.hpp"

#include "base/error.hpp"
#include "object/core.hpp"

namespace skep::object {
namespace {

// Prototypes in prototypes, structs in structs; and pointers, arrays and return types in a row.
constexpr int max_levels = 32, max_chain = 32;
constexpr std::uint32_t max_steps = 1U << 20;

std::unexpected<Error> too_deep() {
  return fail(ErrorKind::unsupported, "the types nest too deeply to be compared");
}

// A relic: integers that start in the middle of their bytes.
bool is_whole(const btf::Type& integer) { return integer.int_bit_offset() == 0; }

// A forward declaration's flag says union.
bool forwards_match(const btf::Type& local, const btf::Type& target, bool behind_pointer) {
  if (target.is(btf::Kind::fwd)) return local.kind_flag() == target.kind_flag();
  return behind_pointer && target.is(local.kind_flag() ? btf::Kind::union_ : btf::Kind::struct_);
}

// Behind a pointer only kinds and names count.
bool composites_match_by_name(const btf::Type& local, const btf::Type& target) {
  if (local.kind() == target.kind()) return true;
  return target.is(btf::Kind::fwd) && local.is(btf::Kind::union_) == target.kind_flag();
}

}  // namespace

bool same_kind(const btf::Type& a, const btf::Type& b) noexcept {
  return a.kind() == b.kind() || (a.is_any_enum() && b.is_any_enum());
}

bool same_essential_name(std::string_view a, std::string_view b) noexcept {
  return a == b || essential_name(a) == essential_name(b);
}

Result<void> TypeComparison::count_step() {
  if (++steps_ > max_steps) return too_deep();
  return {};
}

Result<bool> TypeComparison::fields_compatible(btf::TypeId local_id, btf::TypeId target_id) {
  for (int i = 0; i < max_chain; ++i) {
    const auto local = local_.strip(local_id);
    const auto target = target_.strip(target_id);
    if (local.is_composite() && target.is_composite()) return true;
    if (!same_kind(local, target)) return false;
    switch (local.kind()) {
      case btf::Kind::ptr:
      case btf::Kind::float_:
        return true;
      case btf::Kind::fwd:
      case btf::Kind::enum_:
      case btf::Kind::enum64: {
        const bool is_anonymous = local.name().empty() || target.name().empty();
        return is_anonymous || same_essential_name(local.name(), target.name());
      }
      case btf::Kind::int_:
        return is_whole(local) && is_whole(target);
      case btf::Kind::array:
        local_id = local.target();
        target_id = target.target();
        break;
      default:
        return false;
    }
  }
  return too_deep();
}

Result<bool> TypeComparison::compatible(btf::TypeId local, btf::TypeId target) {
  if (!same_kind(local_.type(local), target_.type(target))) return false;
  return compatible(local, target, max_levels);
}

Result<bool> TypeComparison::compatible(btf::TypeId local_id, btf::TypeId target_id, int levels) {
  for (int i = 0; i < max_chain; ++i) {
    SKEP_CHECK(count_step());
    const auto local = local_.strip(local_id);
    const auto target = target_.strip(target_id);
    if (!same_kind(local, target)) return false;
    switch (local.kind()) {
      case btf::Kind::void_:
      case btf::Kind::struct_:
      case btf::Kind::union_:
      case btf::Kind::enum_:
      case btf::Kind::enum64:
      case btf::Kind::fwd:
        return true;
      case btf::Kind::int_:
        return is_whole(local) && is_whole(target);
      case btf::Kind::ptr:
      case btf::Kind::array:
        break;
      case btf::Kind::func_proto: {
        SKEP_TRY(const bool same, prototypes_compatible(local, target, levels));
        if (!same) return false;
        break;
      }
      default:
        return false;
    }
    // What it points to, holds or returns.
    local_id = local.target();
    target_id = target.target();
  }
  return too_deep();
}

Result<bool> TypeComparison::prototypes_compatible(const btf::Type& local, const btf::Type& target,
                                                   int levels) {
  if (local.vlen() != target.vlen()) return false;
  for (std::uint32_t i = 0; i < local.vlen(); ++i) {
    if (levels <= 0) return too_deep();
    const auto a = local.parameter(i).type;
    const auto b = target.parameter(i).type;
    SKEP_TRY(const bool same, compatible(a, b, levels - 1));
    if (!same) return false;
  }
  return true;
}

Result<bool> TypeComparison::matches(btf::TypeId local, btf::TypeId target) {
  return matches(local, target, false, max_levels);
}

Result<bool> TypeComparison::matches(btf::TypeId local_id, btf::TypeId target_id,
                                     bool behind_pointer, int levels) {
  if (levels <= 0) return too_deep();
  for (int i = 0; i < max_chain; ++i) {
    SKEP_CHECK(count_step());
    const auto local = local_.strip(local_id);
    const auto target = target_.strip(target_id);
    if (!same_essential_name(local.name(), target.name())) return false;
    switch (local.kind()) {
      case btf::Kind::void_:
        return target.is(btf::Kind::void_);
      case btf::Kind::fwd:
        return forwards_match(local, target, behind_pointer);
      case btf::Kind::enum_:
      case btf::Kind::enum64:
        return enums_match(local, target);
      case btf::Kind::struct_:
      case btf::Kind::union_:
        if (behind_pointer) return composites_match_by_name(local, target);
        if (local.kind() != target.kind()) return false;
        return composites_match(local, target, behind_pointer, levels);
      case btf::Kind::int_:
        return target.is(btf::Kind::int_) && local.size() == target.size() &&
               local.is_signed() == target.is_signed();
      case btf::Kind::ptr:
        if (!target.is(btf::Kind::ptr)) return false;
        behind_pointer = true;
        break;
      case btf::Kind::array:
        if (!target.is(btf::Kind::array) || local.array_count() != target.array_count()) {
          return false;
        }
        break;
      case btf::Kind::func_proto: {
        SKEP_TRY(const bool same, prototypes_match(local, target, behind_pointer, levels));
        if (!same) return false;
        break;
      }
      default:
        return false;
    }
    local_id = local.target();
    target_id = target.target();
  }
  return too_deep();
}

// By the names of the enumerators; their values may differ.
Result<bool> TypeComparison::enums_match(const btf::Type& local, const btf::Type& target) {
  if (!target.is_any_enum() || local.size() != target.size()) return false;
  for (std::uint32_t i = 0; i < local.vlen(); ++i) {
    const auto name = local.enumerator(i).name;
    bool found = false;
    for (std::uint32_t j = 0; j < target.vlen() && !found; ++j) {
      SKEP_CHECK(count_step());
      found = same_essential_name(name, target.enumerator(j).name);
    }
    if (!found) return false;
  }
  return true;
}

// Every member of the local type, in the target under the same name; it may have more of them.
Result<bool> TypeComparison::composites_match(const btf::Type& local, const btf::Type& target,
                                              bool behind_pointer, int levels) {
  if (local.vlen() > target.vlen()) return false;
  for (std::uint32_t i = 0; i < local.vlen(); ++i) {
    const auto wanted = local.member(i);
    bool found = false;
    for (std::uint32_t j = 0; j < target.vlen() && !found; ++j) {
      SKEP_CHECK(count_step());
      const auto member = target.member(j);
      if (!same_essential_name(wanted.name, member.name)) continue;
      SKEP_TRY(found, matches(wanted.type, member.type, behind_pointer, levels - 1));
    }
    if (!found) return false;
  }
  return true;
}

Result<bool> TypeComparison::prototypes_match(const btf::Type& local, const btf::Type& target,
                                              bool behind_pointer, int levels) {
  if (!target.is(btf::Kind::func_proto) || local.vlen() != target.vlen()) return false;
  for (std::uint32_t i = 0; i < local.vlen(); ++i) {
    const auto a = local.parameter(i).type;
    const auto b = target.parameter(i).type;
    SKEP_TRY(const bool same, matches(a, b, behind_pointer, levels - 1));
    if (!same) return false;
  }
  return true;
}

}  // namespace skep::object
