#include "gen/types.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace skep::gen {
namespace {

using btf::Kind;
using btf::Type;
using btf::TypeId;

constexpr int most_nested = 32;
constexpr std::size_t most_parts = 100'000;  // members of one struct

// "std::int32_t" for a number of that size; bytes where C++ has none (__int128).
std::string number_name(const Type& type, std::uint32_t size) {
  if (type.is_bool() && size == 1) return "bool";
  if (type.is_char() || (type.is(Kind::int_) && type.name() == "char")) return "char";
  return fmt::format("std::{}int{}_t", type.is_signed() ? "" : "u", size * 8);
}

bool is_usual(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

// A struct or union while it is written.
struct Types::Body {
  std::string name;
  bool is_union = false;
  std::string members, checks, functions;
  std::vector<std::string> fields;  // for SKEP_FIELDS
  Names names;
  std::uint32_t end = 0;        // bytes written
  std::uint32_t alignment = 1;  // of the members; and what it must be at least
  bool is_packed = false, has_bits = false;

  void add(const Declared& declared, const std::string& member, std::uint32_t offset) {
    is_packed = is_packed || offset % declared.alignment != 0;
    alignment = std::max(alignment, declared.alignment);
    members += fmt::format("  {} {}{};{}\n", declared.type, member, declared.dimensions,
                           declared.remark.empty() ? "" : "  // " + declared.remark);
    check(member, offset);
    fields.push_back(member);
  }
  // The first member of a union is what `{}` makes zero, so it is all of it.
  void add_bytes(std::uint32_t size, std::uint32_t offset) {
    add({"std::uint8_t", fmt::format("[{}]", size), size, 1, ""}, names.take("bytes_of_union"),
        offset);
  }
  void check(const std::string& member, std::uint32_t offset) {
    checks += fmt::format("static_assert(offsetof({}, {}) == {});\n", name, member, offset);
  }
};

Types::Types(const Btf& types, std::string scope, Names& names)
    : types_(types), scope_(std::move(scope)), names_(names) {}

Result<std::string> Types::name_of(TypeId id) {
  SKEP_TRY(const auto declared, declare(id, "value"));
  if (declared.dimensions.empty()) return declared.type;
  // As one word: std::array of std::array.
  std::string out = declared.type;
  std::vector<std::string> counts;
  for (std::size_t i = 0; i < declared.dimensions.size();) {
    const auto close = declared.dimensions.find(']', i);
    counts.push_back(declared.dimensions.substr(i + 1, close - i - 1));
    i = close + 1;
  }
  for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
    out = fmt::format("std::array<{}, {}>", out, *count);
  }
  return out;
}

Result<Types::Declared> Types::declare(TypeId id, const std::string& hint) {
  const Type type = types_.strip(id);
  SKEP_TRY(const auto size, types_.size_of(id));
  switch (type.kind()) {
    case Kind::int_:
    case Kind::float_: {
      if (type.is(Kind::float_) && (size == 4 || size == 8)) {
        return Declared{size == 4 ? "float" : "double", "", size, size, ""};
      }
      if (!type.is(Kind::int_) || !is_usual(size)) {
        return Declared{"std::uint8_t", fmt::format("[{}]", size), size, 1, types_.c_name(id)};
      }
      const bool says_more = types_.strip_qualifiers(id).is(Kind::typedef_);
      return Declared{number_name(type, size), "", size, size, says_more ? types_.c_name(id) : ""};
    }
    case Kind::ptr:
      return Declared{"std::uint64_t", "", 8, 8, types_.c_name(id)};
    case Kind::enum_:
    case Kind::enum64:
      return declare_enum(type);
    case Kind::array:
      return declare_array(type, hint);
    case Kind::struct_:
    case Kind::union_: {
      const auto outer = types_.strip_qualifiers(id);
      const bool named = !type.name().empty() || !outer.is(Kind::typedef_);
      return declare_composite(type, named ? hint : std::string(outer.name()));
    }
    default:
      return fail(ErrorKind::bad_input, "a value of type '{}' has no form in C++",
                  types_.c_name(id));
  }
}

Result<Types::Declared> Types::declare_array(const Type& array, const std::string& hint) {
  SKEP_TRY(auto element, declare(array.target(), hint));
  element.dimensions = fmt::format("[{}]", array.array_count()) + element.dimensions;
  element.size *= array.array_count();
  return element;
}

Result<Types::Declared> Types::declare_enum(const Type& type) {
  if (const auto known = known_.find(type.id()); known != known_.end()) return known->second;
  const auto size = type.size();
  const auto number = fmt::format("std::{}int{}_t", type.is_signed() ? "" : "u", size * 8);
  if (type.name().empty()) return Declared{number, "", size, size, ""};
  const std::string name = names_.take(type.name());
  text_ += fmt::format("enum {} : {} {{\n", name, number);
  for (const auto& enumerator : type.enumerators()) {
    text_ += fmt::format("  {} = ", names_.take(enumerator.name));
    if (!type.is_signed()) {
      text_ += fmt::format("{}u,\n", enumerator.value);
    } else {
      const auto value = static_cast<std::int64_t>(enumerator.value);
      // The least number cannot be written as one.
      text_ += value == INT64_MIN ? "-9223372036854775807 - 1,\n" : fmt::format("{},\n", value);
    }
  }
  text_ += "};\n\n";
  return known_[type.id()] = Declared{scope_ + "::" + name, "", size, size, ""};
}

Result<Types::Declared> Types::declare_composite(const Type& type, const std::string& hint) {
  if (const auto known = known_.find(type.id()); known != known_.end()) return known->second;
  if (!open_.insert(type.id()).second || ++depth_ > most_nested) {
    return fail(ErrorKind::bad_input, "type '{}' contains itself, or is nested too deep",
                types_.c_name(type.id()));
  }
  const std::string name = names_.take(type.name().empty() ? hint : std::string(type.name()));
  SKEP_TRY(const auto parts, parts_of(type, 0));
  SKEP_CHECK(define(type, name, type.size(), parts, type.is(Kind::union_)));
  --depth_;
  return known_[type.id()];
}

// Members as they stand in C++: those of a nameless struct stand in the one that holds it.
Result<std::vector<Types::Part>> Types::parts_of(const Type& type, std::uint32_t bit_offset) const {
  std::vector<Part> out;
  const auto add = [&](auto& self, const Type& outer, std::uint32_t start, int depth) -> bool {
    if (depth > most_nested || out.size() > most_parts) return false;
    for (const auto& member : outer.members()) {
      const Type inner = types_.strip(member.type);
      const auto at = start + member.bit_offset;
      if (member.name.empty() && inner.is(Kind::struct_) && outer.is(Kind::struct_)) {
        if (!self(self, inner, at, depth + 1)) return false;
      } else if (!member.name.empty() || inner.is_composite()) {
        out.push_back({std::string(member.name), member.type, at, member.bit_size});
      }
    }
    return true;
  };
  if (add(add, type, bit_offset, 0)) return out;
  return fail(ErrorKind::bad_input, "type '{}' has too many members", types_.c_name(type.id()));
}

Result<void> Types::define(const Type& type, const std::string& name, std::uint32_t size,
                           const std::vector<Part>& parts, bool is_union) {
  Body body{.name = name, .is_union = is_union};
  if (is_union && size > 0) body.add_bytes(size, 0);
  SKEP_CHECK(add_parts(body, parts));
  if (is_union) {
    body.is_packed = size % body.alignment != 0;
  } else {
    pad(body, size);
  }
  body.is_packed = body.is_packed || size % body.alignment != 0;
  std::string attribute = body.is_packed ? "[[gnu::packed]] " : "";
  if (body.has_bits && !body.is_packed) {
    const auto wanted = type.id() == 0 ? 1U : types_.align_of(type.id()).value_or(1);
    const auto natural = std::min(wanted, 8U);
    if (natural > body.alignment && size % natural == 0) {
      body.alignment = natural;
      attribute = fmt::format("alignas({}) ", natural);
    }
  }
  text_ += fmt::format("{} {}{} {{\n{}{}}};\nstatic_assert(sizeof({}) == {});\n{}",
                       is_union ? "union" : "struct", attribute, name, body.members, body.functions,
                       name, size, body.checks);
  if (!is_union && !body.fields.empty()) {
    text_ += fmt::format("SKEP_FIELDS({}, {})\n", name, fmt::join(body.fields, ", "));
  }
  text_ += '\n';
  known_[type.id()] = {scope_ + "::" + name, "", size, body.is_packed ? 1 : body.alignment, ""};
  return {};
}

Result<void> Types::add_parts(Body& body, const std::vector<Part>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].bit_size != 0) {
      SKEP_TRY(const auto count, add_bits(body, parts, i));
      i += count - 1;
      continue;
    }
    const auto offset = parts[i].bit_offset / 8;
    if (!body.is_union && offset < body.end) {
      return fail(ErrorKind::bad_input, "type '{}': its members overlap", body.name);
    }
    if (!body.is_union) pad(body, offset);
    SKEP_CHECK(add_member(body, parts[i]));
  }
  return {};
}

Result<void> Types::add_member(Body& body, const Part& part) {
  const auto offset = part.bit_offset / 8;
  const Type type = types_.strip(part.type);
  SKEP_TRY(const auto size, types_.size_of(part.type));
  if (part.name.empty() && type.is(Kind::union_) && !body.is_union) {
    return add_anonymous_union(body, type, offset);
  }
  const std::string name = body.names.take(part.name.empty() ? "anonymous" : part.name);
  // An array at the end that takes no room: what follows the struct.
  if (size == 0) {
    body.members += fmt::format("  // {} {}: what follows, from byte {}\n",
                                types_.c_name(part.type), name, offset);
    return {};
  }
  SKEP_TRY(const auto declared, declare(part.type, body.name + "_" + name));
  body.add(declared, name, offset);
  body.end = body.is_union ? 0 : offset + size;
  return {};
}

// Its members are those of the struct around it, as in C; structs in it get a name.
Result<void> Types::add_anonymous_union(Body& body, const Type& type, std::uint32_t offset) {
  Body inner{.name = body.name, .is_union = true, .names = body.names};
  if (type.size() > 0) inner.add_bytes(type.size(), offset);
  SKEP_TRY(const auto parts, parts_of(type, offset * 8));
  for (const auto& part : parts) {
    // Of a nameless union's bit fields only the bytes are shown.
    if (part.bit_size == 0) SKEP_CHECK(add_member(inner, part));
  }
  body.names = inner.names;
  const bool fits = offset % inner.alignment == 0 && type.size() % inner.alignment == 0;
  body.is_packed = body.is_packed || !fits || inner.is_packed;
  body.alignment = std::max(body.alignment, inner.alignment);
  body.members += "  union {\n";
  for (std::size_t start = 0; start < inner.members.size();) {
    const auto end = inner.members.find('\n', start) + 1;
    body.members += "  " + inner.members.substr(start, end - start);
    start = end;
  }
  body.members += "  };\n";
  body.checks += inner.checks;
  body.fields.insert(body.fields.end(), inner.fields.begin(), inner.fields.end());
  body.end = offset + type.size();
  return {};
}

// Bit fields that lie side by side: bytes, and two functions for each. Returns how many they are.
Result<std::uint32_t> Types::add_bits(Body& body, const std::vector<Part>& parts,
                                      std::size_t first) {
  std::size_t last = first;
  while (last + 1 < parts.size() && parts[last + 1].bit_size != 0) ++last;
  const auto start = parts[first].bit_offset / 8;
  std::uint32_t end = start;
  for (std::size_t i = first; i <= last; ++i) {
    end = std::max(end, (parts[i].bit_offset + parts[i].bit_size + 7) / 8);
  }
  if (!body.is_union) {
    if (start < body.end) {
      return fail(ErrorKind::bad_input, "type '{}': its members overlap", body.name);
    }
    pad(body, start);
  }
  const std::string storage = body.names.take(fmt::format("bits_{}_", start));
  body.add({"std::uint8_t", fmt::format("[{}]", end - start), end - start, 1, ""}, storage, start);
  body.end = body.is_union ? 0 : end;
  body.has_bits = true;
  for (std::size_t i = first; i <= last; ++i) {
    SKEP_TRY(const auto declared, declare(parts[i].type, body.name));
    const std::string name = body.names.take(parts[i].name);
    const auto at = parts[i].bit_offset - start * 8;
    body.functions += fmt::format(
        "  [[nodiscard]] constexpr {0} {1}() const noexcept {{\n"
        "    return skep::get_bits<{0}>({2}, {3}, {4});\n  }}\n"
        "  constexpr void set_{1}({0} value) noexcept {{\n"
        "    skep::set_bits({2}, {3}, {4}, value);\n  }}\n",
        declared.type, name, storage, at, parts[i].bit_size);
  }
  return static_cast<std::uint32_t>(last - first + 1);
}

void Types::mark_key(const std::string& type) {
  if (!type.starts_with(scope_ + "::") || !keys_.insert(type).second) return;
  text_ += fmt::format("SKEP_KEY({})\n\n", type.substr(scope_.size() + 2));
}

void Types::pad(Body& body, std::uint32_t to) {
  if (to <= body.end) return;
  const auto name = body.names.take(fmt::format("padding_{}_", body.end));
  body.members += fmt::format("  std::uint8_t {}[{}];\n", name, to - body.end);
  body.end = to;
}

Result<std::string> Types::add_section(std::string_view wanted, std::uint32_t bytes,
                                       const std::vector<Variable>& variables) {
  const std::string name = names_.take(wanted);
  std::vector<Part> parts;
  parts.reserve(variables.size());
  for (const auto& variable : variables) {
    parts.push_back({variable.name, variable.type, variable.offset * 8, 0});
  }
  std::ranges::sort(parts, {}, &Part::bit_offset);
  SKEP_CHECK(define(types_.type(0), name, bytes, parts, false));
  return scope_ + "::" + name;
}

}  // namespace skep::gen
