#include "object/core.hpp"

#include <unordered_map>
#include <unordered_set>

#include "base/error.hpp"
#include "object/core_match.hpp"
#include "object/core_value.hpp"
#include "object/target_names.hpp"

namespace skep::object {
namespace {

bool needs_target(btf::CoreKind kind) { return kind != btf::CoreKind::type_id_local; }

// Loads of pointers and of unsigned integers may become shorter or longer: the rest of the register
// is zero either way. Everything else would read another value.
bool may_be_resized(const btf::Type& local, const btf::Type& target) {
  if (local.is(btf::Kind::ptr) && target.is(btf::Kind::ptr)) return true;
  const auto is_unsigned = [](const btf::Type& type) {
    const bool is_plainly_signed = type.is_signed() && !type.is_char() && !type.is_bool();
    return type.is(btf::Kind::int_) && !is_plainly_signed;
  };
  return is_unsigned(local) && is_unsigned(target);
}

struct Match {
  const Btf* types;  // that the path is in
  CorePath path;
  std::optional<CoreValue> value;
};

}  // namespace

struct CoreEngine::State {
  const Btf& local;
  TargetNames names;
  std::unordered_set<btf::TypeId> asked;  // local types
  // By local type; narrowed to those that a path was found in.
  std::unordered_map<btf::TypeId, std::vector<TargetType>> candidates;

  Result<CoreAnswer> answer(const CoreRelocation& relocation);
  Result<std::vector<TargetType>*> candidates_for(const CoreRelocation& relocation);
  Result<std::optional<Match>> find_match(const CoreRelocation& relocation, const CorePath& path);
  Result<CoreAnswer> combine(btf::CoreKind kind, CorePath path, std::optional<Match> match) const;
};

CoreEngine::CoreEngine(const Btf& local, const Btf* target,
                       const std::vector<TargetModule>* modules)
    : state_(std::make_unique<State>(State{local, TargetNames(target, modules), {}, {}})) {}
CoreEngine::~CoreEngine() = default;
CoreEngine::CoreEngine(CoreEngine&&) noexcept = default;
CoreEngine& CoreEngine::operator=(CoreEngine&&) noexcept = default;

void CoreEngine::expect(const CoreRelocation& relocation) {
  if (!needs_target(kind_of(relocation)) || !state_->local.contains(relocation.type)) return;
  if (!state_->asked.insert(relocation.type).second) return;
  const auto type = state_->local.type(relocation.type);
  if (!type.name().empty()) state_->names.want_all(type.name(), type.kind());
}

TargetNames& CoreEngine::names() noexcept { return state_->names; }

Result<CoreAnswer> CoreEngine::answer(const CoreRelocation& relocation) {
  expect(relocation);
  auto answer = state_->answer(relocation);
  if (answer) return answer;
  const bool has_name = state_->local.contains(relocation.type);
  return add_context(std::move(answer).error(), "CO-RE relocation {} of {}",
                     name_of(kind_of(relocation)),
                     has_name ? state_->local.c_name(relocation.type) : "an unknown type");
}

Result<CoreAnswer> CoreEngine::State::answer(const CoreRelocation& relocation) {
  SKEP_TRY(auto path, read_core_path(local, relocation));
  const auto kind = kind_of(relocation);
  if (!needs_target(kind)) {
    const auto root = path.root;
    const CoreText text(local, kind, std::move(path));
    return CoreAnswer{.value = root, .local = text, .target = text};
  }
  SKEP_TRY(auto match, find_match(relocation, path));
  return combine(kind, std::move(path), std::move(match));
}

Result<std::vector<TargetType>*> CoreEngine::State::candidates_for(
    const CoreRelocation& relocation) {
  const auto known = candidates.find(relocation.type);
  if (known != candidates.end()) return &known->second;
  const auto type = local.type(relocation.type);
  if (type.name().empty()) return fail(ErrorKind::unsupported, "the type has no name");
  if (names.kernel_types() == nullptr) {
    return fail(ErrorKind::unsupported, "the types of the target kernel are not known");
  }
  return &(candidates[relocation.type] = names.all(type.name(), type.kind()));
}

// Several types of the target may have the name: all that have the path must agree.
Result<std::optional<Match>> CoreEngine::State::find_match(const CoreRelocation& relocation,
                                                           const CorePath& path) {
  SKEP_TRY(auto* const list, candidates_for(relocation));
  const auto kind = kind_of(relocation);
  std::optional<Match> match;
  std::vector<TargetType> matching;
  for (const auto& candidate : *list) {
    const auto& types = *candidate.types;
    SKEP_TRY(auto found, match_core_path(local, kind, path, types, candidate.id));
    if (!found) continue;
    SKEP_TRY(const auto value, core_value(types, kind, &*found));
    matching.push_back(candidate);
    if (!match) {
      match = Match{&types, std::move(*found), value};
    } else if (found->bit_offset != match->path.bit_offset || value->value != match->value->value) {
      return fail(ErrorKind::unsupported, "the target has it twice: {} (type {}) and {} (type {})",
                  describe(*match->types, kind, match->path), match->path.root,
                  describe(types, kind, *found), candidate.id);
    }
  }
  if (match) *list = std::move(matching);
  return match;
}

Result<CoreAnswer> CoreEngine::State::combine(btf::CoreKind kind, CorePath path,
                                              std::optional<Match> match) const {
  CoreAnswer answer;
  SKEP_TRY(const auto expected, core_value(local, kind, &path));
  answer.local = CoreText(local, kind, std::move(path));
  const auto& target = match ? *match->types : *names.kernel_types();
  SKEP_TRY(const auto absent, core_value(target, kind, nullptr));
  const auto found = match ? match->value : absent;
  if (expected->is_exact) answer.local_value = expected->value;
  if (match) answer.target = CoreText(target, kind, std::move(match->path));
  if (!found) return answer;
  answer.value = found->value;
  answer.local_size = expected->field_size;
  answer.target_size = found->field_size;
  if (answer.local_size != answer.target_size) {
    const auto local_type = local.type(expected->field_type);
    const auto target_type = target.type(found->field_type);
    answer.fail_on_local_size_mismatch = !may_be_resized(local_type, target_type);
  }
  return answer;
}

}  // namespace skep::object
