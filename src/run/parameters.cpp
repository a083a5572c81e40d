#include "run/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::run {
namespace {

// BTF keeps `const volatile int` as CONST -> VOLATILE -> INT.
bool is_volatile(const Btf& types, btf::TypeId id) {
  for (int hops = 0; hops < 8; ++hops) {
    const auto type = types.type(id);
    if (type.is(btf::Kind::volatile_)) return true;
    if (!type.is(btf::Kind::const_)) return false;
    id = type.target();
  }
  return false;
}

bool is_text(const Btf& types, const btf::Type& type) {
  if (!type.is(btf::Kind::array)) return false;
  const auto element = types.strip(type.target());
  return element.is(btf::Kind::int_) && element.size() == 1 && !element.is_bool();
}

bool is_settable(const Btf& types, const btf::Type& type) {
  return type.is(btf::Kind::int_) || type.is_any_enum() || is_text(types, type);
}

std::uint64_t load(const std::vector<std::byte>& bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(value)));
  return value;
}

std::int64_t sign_extend(std::uint64_t value, std::uint32_t size) {
  const unsigned shift = 64 - size * 8;
  return static_cast<std::int64_t>(value << shift) >> shift;
}

constexpr std::uint64_t all_ones(std::uint32_t size) {
  return size >= 8 ? UINT64_MAX : (std::uint64_t{1} << (size * 8)) - 1;
}

std::string show_text(const std::vector<std::byte>& bytes) {
  const auto* start = reinterpret_cast<const char*>(bytes.data());
  return {start, strnlen(start, bytes.size())};
}

std::string show_initial(const ObjectSpec& spec, const Variable& variable, const btf::Type& type) {
  const auto bytes = spec.bytes_of(variable);
  if (is_text(spec.types, type)) return show_text(bytes);
  const std::uint64_t value = load(bytes);
  if (type.is_any_enum()) {
    for (const auto& item : type.enumerators()) {
      if (item.value == value) return std::string(item.name);
    }
  }
  if (type.is_bool()) return value != 0 ? "true" : "false";
  // All ones is what programs mean by "none" or "all"; -1 is how people type it (set_number).
  if (value == all_ones(variable.size)) return "-1";
  return type.is_signed() ? std::to_string(sign_extend(value, variable.size))
                          : std::to_string(value);
}

struct Number {
  std::uint64_t bits = 0;
  bool negative = false;
};

std::optional<Number> parse_number(std::string_view text) {
  Number out;
  if (text.starts_with('-')) {
    out.negative = true;
    text.remove_prefix(1);
  }
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.bits, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (out.negative) {
    if (out.bits > std::uint64_t{1} << 63) return std::nullopt;
    out.bits = ~out.bits + 1;
  }
  return out;
}

Result<void> set_bool(ObjectSpec& spec, const Parameter& parameter, std::string_view text) {
  const bool yes = text == "true" || text == "1" || text == "yes" || text == "on";
  const bool no = text == "false" || text == "0" || text == "no" || text == "off";
  if (!yes && !no) {
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes true or false", parameter.option,
                text);
  }
  return spec.set(parameter.name, yes);
}

Result<void> set_number(ObjectSpec& spec, const Parameter& parameter, const btf::Type& type,
                        std::string_view text) {
  const auto number = parse_number(text);
  if (!number) {
    return fail(ErrorKind::invalid_argument, "{} '{}': it takes a number ({})", parameter.option,
                text, parameter.type);
  }
  // "-1" as "all" for an unsigned variable is common: the bits that -1 has in that type.
  if (number->negative && !type.is_signed() && number->bits == UINT64_MAX) {
    return spec.set(parameter.name, all_ones(type.size()));
  }
  auto stored = number->negative ? spec.set(parameter.name, static_cast<std::int64_t>(number->bits))
                                 : spec.set(parameter.name, number->bits);
  if (!stored) return add_context(std::move(stored).error(), "{} '{}'", parameter.option, text);
  return {};
}

Result<void> set_enum(ObjectSpec& spec, const Parameter& parameter, const btf::Type& type,
                      std::string_view text) {
  std::vector<std::string> names;
  for (const auto& item : type.enumerators()) {
    if (item.name == text) {
      return type.is_signed() ? spec.set(parameter.name, static_cast<std::int64_t>(item.value))
                              : spec.set(parameter.name, item.value);
    }
    names.emplace_back(item.name);
  }
  if (parse_number(text)) return set_number(spec, parameter, type, text);
  return fail(ErrorKind::invalid_argument, "{} '{}': it takes one of {}", parameter.option, text,
              enumerate(names));
}

std::string option_of(std::string_view variable) {
  std::string out = "--" + std::string(variable);
  std::replace(out.begin() + 2, out.end(), '_', '-');
  return out;
}

Result<const Parameter*> find_option(const std::vector<Parameter>& parameters,
                                     std::string_view argument) {
  std::vector<std::string> options;
  for (const auto& parameter : parameters) {
    if (parameter.option == argument || "--" + parameter.name == argument) return &parameter;
    options.push_back(parameter.option);
  }
  Error error(ErrorKind::invalid_argument, fmt::format("unknown argument '{}'", argument));
  if (const auto near = nearest(argument, options)) {
    return std::unexpected(std::move(error).hint(fmt::format("Did you mean {}?", *near)));
  }
  if (options.empty()) {
    return std::unexpected(std::move(error).hint(
        "This program has no parameters (no `const volatile` global variable)."));
  }
  return std::unexpected(
      std::move(error).hint(fmt::format("Its parameters are {}.", enumerate(options))));
}

}  // namespace

std::vector<Parameter> find_parameters(const ObjectSpec& spec) {
  std::vector<Parameter> out;
  for (const auto& variable : spec.variables) {
    if (spec.maps[variable.map].section != DataSection::rodata || variable.type == 0) continue;
    if (!is_volatile(spec.types, variable.type)) continue;
    const auto type = spec.types.strip(variable.type);
    if (!is_settable(spec.types, type)) continue;
    out.push_back({.name = variable.name,
                   .option = option_of(variable.name),
                   .type = type.is_bool() ? "bool" : spec.types.c_name(type.id()),
                   .initial = show_initial(spec, variable, type),
                   .is_flag = type.is_bool()});
  }
  return out;
}

Result<void> set_parameter(ObjectSpec& spec, const Parameter& parameter, std::string_view text) {
  const Variable* variable = spec.find_variable(parameter.name);
  if (variable == nullptr) {
    return fail(ErrorKind::not_found, "{}: the object has no such variable", parameter.option);
  }
  const auto type = spec.types.strip(variable->type);
  if (is_text(spec.types, type)) {
    auto stored = spec.set(parameter.name, text);
    if (!stored) return add_context(std::move(stored).error(), "{} '{}'", parameter.option, text);
    return {};
  }
  if (type.is_bool()) return set_bool(spec, parameter, text);
  if (type.is_any_enum()) return set_enum(spec, parameter, type, text);
  return set_number(spec, parameter, type, text);
}

Result<void> apply_arguments(ObjectSpec& spec, const std::vector<std::string>& arguments) {
  const auto parameters = find_parameters(spec);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const auto equals = argument.find('=');
    SKEP_TRY(const Parameter* parameter, find_option(parameters, argument.substr(0, equals)));
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
