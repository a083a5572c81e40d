#include "run/annotations.hpp"

#include <map>

#include "base/error.hpp"
#include "record/tags.hpp"

namespace skep::run {
namespace {

using record::Annotation;
using Sets = std::map<std::string_view, std::map<unsigned, std::string>>;

// What can be said of a global variable, or of a map.
std::uint8_t allowed_of(const ObjectSpec& spec, std::string_view variable) {
  if (const auto* map = spec.find_map(variable); map != nullptr && !map->is_data()) {
    return Annotation::word_about | Annotation::word_hidden | Annotation::word_histogram;
  }
  const auto* found = spec.find_variable(variable);
  if (found == nullptr) return 0;
  switch (spec.maps[found->map].section) {
    case DataSection::bss:
    case DataSection::data:
      return Annotation::of_members;
    case DataSection::rodata:
      return Annotation::word_about | Annotation::word_unit;
    default:
      return 0;
  }
}

std::string name_of_variable(const ObjectSpec& spec, std::string_view name) {
  if (spec.find_map(name) != nullptr) return fmt::format("map '{}'", name);
  const auto* found = spec.find_variable(name);
  const bool is_parameter =
      found != nullptr && spec.maps[found->map].section == DataSection::rodata;
  return fmt::format("{} '{}'", is_parameter ? "parameter" : "variable", name);
}

Result<void> check_one(const ObjectSpec& spec, const btf::Type& type, std::int32_t member,
                       const Annotation& said) {
  if (type.is_composite()) {
    if (member < 0) return said.check(Annotation::word_about, said.where());
    const auto name = type.member(static_cast<std::uint32_t>(member)).name;
    return said.check(Annotation::of_members,
                      fmt::format("{}: its member '{}'", said.where(), name));
  }
  if (type.is(btf::Kind::var)) {
    return said.check(allowed_of(spec, type.name()), name_of_variable(spec, type.name()));
  }
  const bool is_program = type.is(btf::Kind::func) && spec.find_program(type.name()) != nullptr;
  if (is_program && member < 0) {
    return said.check(Annotation::word_about | Annotation::word_alternative,
                      fmt::format("program '{}'", type.name()));
  }
  const std::string_view what = type.is(btf::Kind::func) ? "function" : "type";
  const std::string_view why = what == "type" ? "" : " (it is no program)";
  return said.check(0, fmt::format("{} '{}'{}", what, type.name(), why));
}

Result<void> add_to_set(Sets& sets, const Annotation& said) {
  const auto [at, is_new] = sets[said.alternative].try_emplace(said.rank, said.owner);
  if (is_new) return {};
  return fail(ErrorKind::bad_input,
              "programs '{}' and '{}' both say SKEP_ALTERNATIVE(\"{}\", {}): which comes first?",
              at->second, said.owner, said.alternative, said.rank);
}

}  // namespace

Result<void> check_annotations(const ObjectSpec& spec) {
  const record::Tags tags(spec.types);
  Sets sets;
  for (const auto& [place, said] : tags.all()) {
    SKEP_CHECK(check_one(spec, spec.types.type(place.first), place.second, said));
    if (said.rank != 0) SKEP_CHECK(add_to_set(sets, said));
  }
  for (const auto& [name, programs] : sets) {
    if (programs.size() > 1) continue;
    return fail(ErrorKind::bad_input,
                "program '{}': SKEP_ALTERNATIVE(\"{}\", …) is said of no other program",
                programs.begin()->second, name);
  }
  return {};
}

std::vector<Alternatives> find_alternatives(const ObjectSpec& spec) {
  const record::Tags tags(spec.types);
  Sets sets;
  for (const auto& program : spec.programs) {
    const auto* said = tags.of(btf::Kind::func, program.name);
    if (said == nullptr || said->rank == 0 || !program.autoload) continue;
    sets[said->alternative].emplace(said->rank, program.name);
  }
  std::vector<Alternatives> out;
  for (const auto& [name, programs] : sets) {
    if (programs.size() < 2) continue;
    auto& set = out.emplace_back(std::string(name), std::vector<std::string>());
    for (const auto& [rank, program] : programs) set.programs.push_back(program);
  }
  return out;
}

}  // namespace skep::run
