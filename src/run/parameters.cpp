#include "run/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/scalar.hpp"
#include "record/tags.hpp"
#include "record/value.hpp"

namespace skep::run {
namespace {

// BTF keeps `const volatile int` as CONST -> VOLATILE -> INT, and of an array its elements so.
bool is_volatile(const Btf& types, btf::TypeId id) {
  for (int hops = 0; hops < 16; ++hops) {
    const auto type = types.type(id);
    if (type.is(btf::Kind::volatile_)) return true;
    if (!type.is_modifier() && !type.is(btf::Kind::array)) return false;
    id = type.target();
  }
  return false;
}

std::string option_of(std::string_view variable) {
  std::string out = "--" + std::string(variable);
  std::replace(out.begin() + 2, out.end(), '_', '-');
  return out;
}

// Without the dashes, which all have in common; a word without any is an option only when it is
// spelt as one.
std::optional<std::string> nearest_option(std::string_view argument,
                                          const std::vector<std::string>& options) {
  const auto bare = [](std::string_view option) {
    return option.substr(std::min(option.find_first_not_of('-'), option.size()));
  };
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const auto& option : options) names.emplace_back(bare(option));
  if (argument.starts_with('-')) return nearest(bare(argument), names);
  const auto same = std::ranges::find(names, argument);
  return same == names.end() ? std::nullopt : std::optional(*same);
}

Result<const Parameter*> find_option(const std::vector<Parameter>& parameters,
                                     std::string_view argument,
                                     const std::vector<std::string>& others) {
  std::vector<std::string> options;
  for (const auto& parameter : parameters) {
    if (parameter.option == argument || "--" + parameter.name == argument) return &parameter;
    options.push_back(parameter.option);
  }
  Error error(ErrorKind::invalid_argument, fmt::format("unknown argument '{}'", argument));
  auto near = nearest_option(argument, options);
  if (!near) near = nearest_option(argument, others);
  if (near) {
    return std::unexpected(std::move(error).hint(fmt::format("Did you mean --{}?", *near)));
  }
  if (options.empty()) {
    return std::unexpected(std::move(error).hint(
        "This program has no parameters (no `const volatile` global variable)."));
  }
  return std::unexpected(
      std::move(error).hint(fmt::format("Its parameters are {}.", enumerate(options))));
}

// Set before the program is loaded: `const volatile`; or at any time: what has a value in .data.
// Other data sections are somebody's own.
bool is_parameter(const ObjectSpec& spec, const Variable& variable) {
  if (variable.type == 0) return false;
  const auto& map = spec.maps[variable.map];
  const bool is_constant =
      map.section == DataSection::rodata && is_volatile(spec.types, variable.type);
  const bool is_live = map.section == DataSection::data && map.name == ".data";
  return (is_constant || is_live) && record::is_writable(spec.types, variable.type);
}

// As C names it, without the qualifiers of an array's elements, which made it a parameter.
std::string type_of(const Btf& types, const btf::Type& type) {
  if (type.is_bool()) return "bool";
  auto name = types.c_name(type.id());
  for (const std::string_view word : {"const ", "volatile "}) {
    if (const auto at = name.find(word); at != std::string::npos) name.erase(at, word.size());
  }
  return name;
}

std::vector<std::string> names_of(const btf::Type& type) {
  std::vector<std::string> out;
  if (!type.is_any_enum()) return out;
  for (const auto& item : type.enumerators()) out.emplace_back(item.name);
  return out;
}

bool is_own_unit(const record::Annotation* said) {
  return said != nullptr && !said->unit.empty() &&
         record::unit_called(said->unit) == record::Unit::none;
}

std::string unit_of(const ObjectSpec& spec, const Variable& variable,
                    const record::Annotation* said) {
  const auto place = record::place_of({}, variable.name, said);
  const std::string known(record::describe(record::unit_at(spec.types, variable.type, place)));
  return is_own_unit(said) ? std::string(said->unit) : known;
}

}  // namespace

std::vector<Parameter> find_parameters(const ObjectSpec& spec) {
  const record::Tags tags(spec.types);
  std::vector<Parameter> out;
  for (const auto& variable : spec.variables) {
    if (!is_parameter(spec, variable)) continue;
    const auto type = spec.types.strip(variable.type);
    const auto* said = tags.of(btf::Kind::var, variable.name);
    out.push_back({.name = variable.name,
                   .option = option_of(variable.name),
                   .type = type_of(spec.types, type),
                   .initial = record::show_value(spec.types, variable.type, variable.name,
                                                 spec.bytes_of(variable)),
                   .unit = unit_of(spec, variable, said),
                   .is_own_unit = is_own_unit(said),
                   .about = std::string(said == nullptr ? "" : said->about),
                   .values = names_of(type),
                   .is_flag = type.is_bool(),
                   .is_live = spec.maps[variable.map].section == DataSection::data});
  }
  return out;
}

Result<void> set_parameter(ObjectSpec& spec, const Parameter& parameter, std::string_view text) {
  const Variable* variable = spec.find_variable(parameter.name);
  if (variable == nullptr) {
    return fail(ErrorKind::not_found, "{}: the object has no such variable", parameter.option);
  }
  const record::Tags tags(spec.types);
  const auto place =
      record::place_of(parameter.option, parameter.name, tags.of(btf::Kind::var, parameter.name));
  SKEP_TRY(const auto bytes, record::parse_value(spec.types, variable->type, text, place));
  return spec.set(parameter.name, std::span<const std::byte>(bytes));
}

Result<void> apply_arguments(ObjectSpec& spec, const std::vector<std::string>& arguments,
                             const std::vector<std::string>& others) {
  if (arguments.empty()) return {};
  const auto parameters = find_parameters(spec);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const auto equals = argument.find('=');
    SKEP_TRY(const Parameter* parameter,
             find_option(parameters, argument.substr(0, equals), others));
    if (equals != std::string_view::npos) {
      SKEP_CHECK(set_parameter(spec, *parameter, argument.substr(equals + 1)));
    } else if (parameter->is_flag) {
      SKEP_CHECK(set_parameter(spec, *parameter, "true"));
    } else if (i + 1 < arguments.size()) {
      SKEP_CHECK(set_parameter(spec, *parameter, arguments[++i]));
    } else {
      return fail(ErrorKind::invalid_argument, "{} needs a value ({})", parameter->option,
                  parameter->type);
    }
  }
  return {};
}

}  // namespace skep::run
