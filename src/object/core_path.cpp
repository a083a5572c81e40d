#include "object/core_path.hpp"

#include <charconv>
#include <limits>

#include "base/error.hpp"

namespace skep::object {
namespace {

constexpr std::string_view kind_names[] = {
    "byte_off",       "byte_sz",       "field_exists",   "signed",      "lshift_u64",
    "rshift_u64",     "local_type_id", "target_type_id", "type_exists", "type_size",
    "enumval_exists", "enumval_value", "type_matches"};

Result<std::vector<std::uint32_t>> read_indices(std::string_view text) {
  std::vector<std::uint32_t> indices;
  const char* at = text.data();
  const char* end = at + text.size();
  for (;;) {
    std::uint32_t index = 0;
    const auto [after, error] = std::from_chars(at, end, index);
    if (error != std::errc() || index > std::numeric_limits<std::int32_t>::max() ||
        (after != end && *after != ':')) {
      return fail(ErrorKind::bad_input, "access path '{}' is malformed", text);
    }
    if (indices.size() == longest_core_path) {
      return fail(ErrorKind::bad_input, "access path '{}' has more than {} steps", text,
                  longest_core_path);
    }
    indices.push_back(index);
    if (after == end) return indices;
    at = after + 1;
  }
}

// Follows the indices from the root through members and elements.
class Walk {
 public:
  Walk(const Btf& types, CorePath& path) : types_(types), path_(path) {}

  // The first index is that of an array that the pointer may point into: p[0].
  Result<void> start(btf::TypeId root) {
    const auto type = types_.strip(root);
    path_.steps.push_back({type.id(), path_.indices[0], {}});
    type_ = type.id();
    return add_elements(type_, path_.indices[0]);
  }

  Result<void> step(std::uint32_t index) {
    const auto type = types_.strip(type_);
    if (type.is_composite()) return step_into_member(type, index);
    if (type.is(btf::Kind::array)) return step_into_element(type, index);
    return fail(ErrorKind::bad_input, "index {} of {}, which has no parts", index,
                types_.c_name(type_));
  }

 private:
  Result<void> step_into_member(const btf::Type& type, std::uint32_t index) {
    if (index >= type.vlen()) {
      return fail(ErrorKind::bad_input, "member {} of {}, which has {}", index,
                  types_.c_name(type.id()), type.vlen());
    }
    const auto member = type.member(index);
    path_.bit_offset += member.bit_offset;
    if (!member.name.empty()) path_.steps.push_back({type.id(), index, member.name});
    type_ = member.type;
    return {};
  }

  Result<void> step_into_element(const btf::Type& array, std::uint32_t index) {
    if (index >= array.array_count() && !is_flexible_array(types_, path_.steps.back(), array)) {
      return fail(ErrorKind::bad_input, "element {} of {}", index, types_.c_name(array.id()));
    }
    type_ = types_.strip(array.target()).id();
    path_.steps.push_back({type_, index, {}});
    return add_elements(type_, index);
  }

  Result<void> add_elements(btf::TypeId type, std::uint32_t count) {
    SKEP_TRY(const auto size, types_.size_of(type));
    path_.bit_offset += std::uint64_t{size} * count * 8;
    return {};
  }

  const Btf& types_;
  CorePath& path_;
  btf::TypeId type_ = 0;
};

Result<CorePath> read_enumerator(const Btf& types, CorePath path) {
  const auto type = types.strip(path.root);
  if (!type.is_any_enum() || path.indices.size() > 1 || path.indices[0] >= type.vlen()) {
    return fail(ErrorKind::bad_input, "enumerator {} of {}, which has none there", path.indices[0],
                types.c_name(path.root));
  }
  path.steps.push_back({type.id(), path.indices[0], type.enumerator(path.indices[0]).name});
  return path;
}

std::string describe_field(const CorePath& path) {
  std::string text, indices;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const auto& step = path.steps[i];
    if (step.is_member()) {
      text += fmt::format(".{}", step.name);
    } else if (i > 0 || step.index > 0) {
      text += fmt::format("[{}]", step.index);
    }
  }
  for (const auto index : path.indices)
    indices += fmt::format("{}{}", indices.empty() ? "" : ":", index);
  const auto bits = path.bit_offset % 8;
  return fmt::format("{} ({} @ offset {}{})", text, indices, path.bit_offset / 8,
                     bits == 0 ? "" : fmt::format(".{}", bits));
}

}  // namespace

bool is_field_kind(btf::CoreKind kind) noexcept { return kind <= btf::CoreKind::field_right_shift; }
bool is_type_kind(btf::CoreKind kind) noexcept {
  return (kind >= btf::CoreKind::type_id_local && kind <= btf::CoreKind::type_size) ||
         kind == btf::CoreKind::type_matches;
}
bool is_enumerator_kind(btf::CoreKind kind) noexcept {
  return kind == btf::CoreKind::enum_value_exists || kind == btf::CoreKind::enum_value;
}

std::string_view name_of(btf::CoreKind kind) noexcept {
  const auto number = static_cast<std::uint32_t>(kind);
  return number < std::size(kind_names) ? kind_names[number] : "unknown";
}

bool is_flexible_array(const Btf& types, const CoreStep& step, const btf::Type& array) noexcept {
  return step.is_member() && array.array_count() == 0 &&
         step.index + 1 == types.type(step.type).vlen();
}

Result<CorePath> read_core_path(const Btf& types, const CoreRelocation& relocation) {
  if (!types.contains(relocation.type)) {
    return fail(ErrorKind::bad_input, "type {} does not exist", relocation.type);
  }
  CorePath path;
  path.root = relocation.type;
  const auto kind = kind_of(relocation);
  const auto text = types.string(relocation.access);
  if (is_type_kind(kind)) {
    if (text == "0") return path;
    return fail(ErrorKind::bad_input, "access path '{}' of a whole type, should be 0", text);
  }
  SKEP_TRY(path.indices, read_indices(text));
  if (is_enumerator_kind(kind)) return read_enumerator(types, std::move(path));
  if (!is_field_kind(kind)) {
    return fail(ErrorKind::unsupported, "CO-RE relocations of kind {}", relocation.kind);
  }
  Walk walk(types, path);
  SKEP_CHECK(walk.start(path.root));
  for (std::size_t i = 1; i < path.indices.size(); ++i) SKEP_CHECK(walk.step(path.indices[i]));
  return path;
}

std::string describe(const Btf& types, btf::CoreKind kind, const CorePath& path) {
  auto root = types.c_name(path.root);
  if (is_type_kind(kind)) return root;
  if (is_field_kind(kind)) return root + describe_field(path);
  const auto type = types.type(path.steps[0].type);
  const auto value = type.enumerator(path.steps[0].index).value;
  const auto number = type.is_signed() ? fmt::format("{}", static_cast<std::int64_t>(value))
                                       : fmt::format("{}", value);
  return fmt::format("{}::{} = {}", root, path.steps[0].name, number);
}

}  // namespace skep::object
