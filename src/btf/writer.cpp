// Declarations: C's declarators are built from the name outwards.
#include "btf/writer.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "btf/data.hpp"

namespace skep::btf {
namespace {

constexpr unsigned deepest = 64;

// The qualifiers that wait for what they qualify, in C's words.
class Qualifiers {
 public:
  explicit Qualifiers(bool tags) : tags_(tags) {}

  void add(const Type& type) {
    switch (type.kind()) {
      case Kind::const_:
        return add("const");
      case Kind::volatile_:
        return add("volatile");
      case Kind::restrict_:
        return add("restrict");
      case Kind::type_tag:
        return add_tag(type);
      default:
        return;
    }
  }

  // "const volatile", or nothing; then there are none.
  std::string take() { return std::exchange(text_, {}); }

 private:
  void add(std::string_view word) {
    if (text_.find(word) != std::string::npos) return;
    if (!text_.empty()) text_ += ' ';
    text_ += word;
  }
  void add_tag(const Type& type) {
    const auto name = type.name();
    const auto unsafe = [](char c) { return c < ' ' || c == '"' || c == '\\' || c == 0x7f; };
    if (!tags_ || std::ranges::any_of(name, unsafe)) return;
    // With the flag set it is any attribute: "address_space(1)".
    add(type.kind_flag() ? fmt::format("__attribute__(({}))", name)
                         : fmt::format("__attribute__((btf_type_tag(\"{}\")))", name));
  }

  bool tags_;
  std::string text_;
};

std::string join(std::string_view left, std::string_view right) {
  if (left.empty() || right.empty()) return fmt::format("{}{}", left, right);
  return fmt::format("{} {}", left, right);
}

// Arrays and functions bind closer than '*'.
std::string enclose(std::string declarator) {
  return declarator.starts_with('*') ? fmt::format("({})", declarator) : declarator;
}

}  // namespace

Result<void> Writer::spend(TypeId id, std::size_t bytes) {
  spent_ += bytes;
  if (spent_ <= options_.limit && depth_ <= deepest) return {};
  return fail(ErrorKind::limit, "BTF type {}: its declaration is too deep or too long", id);
}

Result<std::string> Writer::declare(TypeId id, std::string_view name, unsigned indent) {
  std::string declarator(name);
  Qualifiers qualifiers(options_.tags);
  for (unsigned step = 0; step <= longest_chain; ++step) {
    const Type type = types_.type(id);
    switch (type.kind()) {
      case Kind::const_:
      case Kind::volatile_:
      case Kind::restrict_:
      case Kind::type_tag:
        qualifiers.add(type);
        break;
      case Kind::ptr:
        declarator = "*" + join(qualifiers.take(), declarator);
        break;
      case Kind::array:  // qualifiers of an array are its elements'
        declarator = fmt::format("{}[{}]", enclose(std::move(declarator)), type.array_count());
        break;
      case Kind::func_proto: {
        qualifiers.take();  // gcc marks noreturn functions volatile: no meaning in C
        SKEP_TRY(const auto list, parameters(type, indent));
        declarator = fmt::format("{}({})", enclose(std::move(declarator)), list);
        break;
      }
      default: {
        SKEP_TRY(const auto text, base(type, indent));
        auto out = join(join(qualifiers.take(), text), declarator);
        SKEP_CHECK(spend(id, out.size()));
        return out;
      }
    }
    id = type.target();
  }
  return fail(ErrorKind::bad_input, "BTF type {}: goes round", id);
}

Result<std::string> Writer::parameters(const Type& prototype, unsigned indent) {
  const std::uint32_t count = prototype.vlen();
  if (count == 0 || (count == 1 && prototype.parameter(0).type == 0)) return std::string("void");
  ++depth_;
  SKEP_CHECK(spend(prototype.id(), 0));
  std::string out;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Parameter parameter = prototype.parameter(i);
    if (i > 0) out += ", ";
    if (parameter.type == 0 && i + 1 == count) {
      out += "...";
      continue;
    }
    SKEP_TRY(const auto text, declare(parameter.type, identifier(parameter.name), indent));
    out += text;
  }
  --depth_;
  return out;
}

Result<std::string> Writer::base(const Type& type, unsigned indent) {
  switch (type.kind()) {
    case Kind::void_:
      return std::string("void");
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
      return tagged(type, indent);
    case Kind::int_:
    case Kind::float_:
    case Kind::typedef_:
    case Kind::fwd:
      if (type.name().empty()) return fail(ErrorKind::bad_input, "BTF {}: no name", describe(type));
      if (!type.is(Kind::fwd)) return names_.of(type);
      return fmt::format("{} {}", type.kind_flag() ? "union" : "struct", names_.of(type));
    default:
      return fail(ErrorKind::bad_input, "BTF {} is no type of a value", describe(type));
  }
}

Result<std::string> Writer::tagged(const Type& type, unsigned indent) {
  const std::string_view word = type.is_any_enum() ? "enum" : name_of(type.kind());
  if (!type.name().empty()) return fmt::format("{} {}", word, names_.of(type));
  if (!options_.bodies) return fmt::format("{} {{...}}", word);
  return define(type, "", indent);
}

}  // namespace skep::btf
