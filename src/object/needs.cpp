#include "object/needs.hpp"

#include <optional>

#include "base/error.hpp"
#include "object/attach_target.hpp"
#include "object/core.hpp"
#include "object/core_match.hpp"

namespace skep::object {
namespace {

bool asks_target(const ObjectSpec& spec, const CoreRelocation& relocation) {
  return kind_of(relocation) != btf::CoreKind::type_id_local &&
         spec.types.contains(relocation.type) && !spec.types.type(relocation.type).name().empty();
}

// Every member on the way, with and without a name. The first index counts whole objects.
void add_path(const CorePath& path, btf::Selection& selection) {
  const Btf& types = selection.types();
  auto at = types.strip(path.root);
  for (std::size_t i = 1; i < path.indices.size(); ++i) {
    if (at.is_composite()) {
      selection.add_part(at.id(), path.indices[i]);
      at = types.strip(at.member(path.indices[i]).type);
    } else {
      at = types.strip(at.target());
    }
  }
}

void add_match(btf::CoreKind kind, const CorePath& path, btf::Selection& selection) {
  selection.add(path.root);
  if (kind == btf::CoreKind::type_id_target) selection.keep_ids();
  if (kind == btf::CoreKind::type_matches) selection.add_whole(path.root);
  if (is_enumerator_kind(kind)) selection.add_part(path.steps[0].type, path.steps[0].index);
  if (is_field_kind(kind)) add_path(path, selection);
}

// All that have the path, not only those that the linker would still look at: which they are
// depends on the questions before.
Result<void> add_relocation(const ObjectSpec& spec, const CoreRelocation& relocation,
                            const NameSearch& names, btf::Selection& selection) {
  SKEP_TRY(const auto path, read_core_path(spec.types, relocation));
  const auto type = spec.types.type(relocation.type);
  const auto kind = kind_of(relocation);
  for (const auto candidate : names.all(type.name(), type.kind())) {
    SKEP_TRY(const auto match,
             match_core_path(spec.types, kind, path, selection.types(), candidate));
    if (match) add_match(kind, *match, selection);
  }
  return {};
}

// What an extern is found by among the types; nothing for those that have none.
std::optional<btf::Kind> kind_of_extern(const ExternSpec& item) noexcept {
  if (item.kind == ExternSpec::Kind::variable) return btf::Kind::var;
  if (item.kind == ExternSpec::Kind::function) return btf::Kind::func;
  return std::nullopt;
}

}  // namespace

Result<void> select_needs(const ObjectSpec& spec, btf::Selection& selection) {
  NameSearch names;
  std::vector<AttachTarget> hooks;  // and externs: all that is asked for by its number
  for (const auto& program : spec.programs) {
    auto hook = attach_target_of(program);
    if (!hook || !*hook) continue;  // without a target it cannot be linked anyway
    names.want_first((*hook)->name, (*hook)->kind);
    hooks.push_back(**std::move(hook));
  }
  for (const auto& function : spec.functions) {
    for (const auto& relocation : function.core_relocations) {
      if (!asks_target(spec, relocation)) continue;
      const auto type = spec.types.type(relocation.type);
      names.want_all(type.name(), type.kind());
    }
  }
  for (const auto& item : spec.externs) {
    if (const auto kind = kind_of_extern(item)) {
      const std::string_view name = item.name;  // of a variable the flavour counts
      const bool is_function = *kind == btf::Kind::func;
      hooks.push_back(
          {.name = std::string(is_function ? essential_name(name) : name), .kind = *kind});
      names.want_first(hooks.back().name, *kind);
    }
  }
  names.run(selection.types());
  for (const auto& hook : hooks) {
    const auto id = names.first(hook.name, hook.kind);
    if (!id) continue;
    selection.add(*id);
    selection.keep_ids();
  }
  for (const auto& function : spec.functions) {
    for (const auto& relocation : function.core_relocations) {
      if (!asks_target(spec, relocation)) continue;
      auto added = add_relocation(spec, relocation, names, selection);
      if (!added) return add_context(std::move(added).error(), "function '{}'", function.name);
    }
  }
  return {};
}

}  // namespace skep::object
