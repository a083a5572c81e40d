#include "btf/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "btf/layout.hpp"

namespace skep::btf {
namespace {

struct Scalar {
  std::string_view name;
  std::uint32_t size;
};

// What clang's BPF target knows, with its size there, as compilers name it in debug information.
constexpr std::array c_scalars = {
    Scalar{"_Bool", 1},
    Scalar{"__int128", 16},
    Scalar{"__int128 unsigned", 16},
    Scalar{"char", 1},
    Scalar{"double", 8},
    Scalar{"float", 4},
    Scalar{"int", 4},
    Scalar{"long", 8},
    Scalar{"long double", 8},
    Scalar{"long int", 8},
    Scalar{"long long", 8},
    Scalar{"long long int", 8},
    Scalar{"long long unsigned int", 8},
    Scalar{"long unsigned int", 8},
    Scalar{"short", 2},
    Scalar{"short int", 2},
    Scalar{"short unsigned int", 2},
    Scalar{"signed char", 1},
    Scalar{"unsigned __int128", 16},
    Scalar{"unsigned char", 1},
    Scalar{"unsigned int", 4},
    Scalar{"unsigned long", 8},
    Scalar{"unsigned long long", 8},
    Scalar{"unsigned short", 2},
};
static_assert(std::ranges::is_sorted(c_scalars, {}, &Scalar::name));

// C11, 6.4.1, and what GNU C adds; names of other languages may be one of them.
constexpr std::array<std::string_view, 40> keywords = {
    "_Alignas", "_Alignof", "_Atomic", "_Bool",    "_Complex", "_Generic", "_Noreturn", "asm",
    "auto",     "break",    "case",    "char",     "const",    "continue", "default",   "do",
    "double",   "else",     "enum",    "extern",   "float",    "for",      "goto",      "if",
    "inline",   "int",      "long",    "register", "restrict", "return",   "short",     "signed",
    "sizeof",   "static",   "struct",  "switch",   "typedef",  "typeof",   "union",     "unsigned",
};
constexpr std::array<std::string_view, 3> more_keywords = {"void", "volatile", "while"};
static_assert(std::ranges::is_sorted(keywords));

bool is_keyword(std::string_view name) noexcept {
  return std::ranges::binary_search(keywords, name) ||
         std::ranges::binary_search(more_keywords, name);
}

bool may_stand(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_tag(const Type& type) noexcept { return type.is_composite() || type.is_any_enum(); }

}  // namespace

std::string identifier(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') out += '_';
  for (const char c : name) out += may_stand(c) ? c : '_';
  if (is_keyword(out)) out += '_';
  return out;
}

bool is_c_scalar(const Type& type) {
  const auto name = type.name();
  const auto* found = std::ranges::lower_bound(c_scalars, name, {}, &Scalar::name);
  return found != c_scalars.end() && found->name == name && found->size == type.size();
}

std::string equivalent_scalar(const Type& type, std::string_view name) {
  if (type.is_bool() && type.size() == 1) return fmt::format("_Bool {}", name);
  if (type.is(Kind::float_) && type.size() == 4) return fmt::format("float {}", name);
  if (type.is(Kind::float_) && type.size() == 8) return fmt::format("double {}", name);
  // What C has no type for becomes an array, of the same size and alignment.
  const std::uint32_t unit = type.size() & (0U - type.size());
  const std::uint32_t count = type.size() / unit;
  const std::string_view sign = type.is_signed() ? "signed" : "unsigned";
  const std::string_view word = unit == 1   ? "char"
                                : unit == 2 ? "short"
                                : unit == 4 ? "int"
                                : unit == 8 ? "long"
                                            : "__int128";
  return count == 1 ? fmt::format("{} {} {}", sign, word, name)
                    : fmt::format("{} {} {}[{}]", sign, word, name, count);
}

// `name`, or the first of name___2, name___3 … that nobody has.
std::string Names::claim(Counts& taken, const std::string& name) {
  auto& count = taken[name];
  if (++count == 1) return name;
  for (std::uint32_t number = count;; ++number) {
    std::string other = fmt::format("{}___{}", name, number);
    if (taken.emplace(other, 1).second) {
      taken[name] = number;
      return other;
    }
  }
}

void Names::give(Counts& taken, const Type& type) {
  std::string name = claim(taken, identifier(type.name()));
  if (name != type.name()) other_.emplace(type.id(), std::move(name));
}

void Names::give_forwards(const Btf& types, Counts& tags,
                          const std::unordered_map<std::string_view, Kind>& owners) {
  std::unordered_map<std::string_view, TypeId> forwards[2];
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const Type type = types.type(id);
    if (!type.is(Kind::fwd) || type.name().empty()) continue;
    const Kind kind = type.kind_flag() ? Kind::union_ : Kind::struct_;
    const auto owner = owners.find(type.name());
    // The forward of a type that is there is that type.
    if (owner != owners.end() && owner->second == kind) continue;
    const auto [first, fresh] = forwards[kind == Kind::union_].emplace(type.name(), id);
    if (fresh) {
      give(tags, type);
    } else if (const auto other = other_.find(first->second); other != other_.end()) {
      other_.emplace(id, std::string(other->second));
    }
  }
}

Names::Names(const Btf& types) : unique_(true) {
  Counts tags;
  std::unordered_map<std::string_view, Kind> owners;  // of the plain tag
  std::vector<TypeId> scalars;
  ordinary_.reserve(1U << 15);
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const Type type = types.type(id);
    if (type.name_offset() == 0) continue;
    if (type.is(Kind::typedef_)) {
      if (type.name() != builtin_va_list) give(ordinary_, type);
    } else if (is_tag(type)) {
      owners.emplace(type.name(), type.kind());
      give(tags, type);
    } else if ((type.is(Kind::int_) || type.is(Kind::float_)) && !is_c_scalar(type)) {
      scalars.push_back(id);
    }
  }
  for (const TypeId id : scalars) give(ordinary_, types.type(id));
  give_forwards(types, tags, owners);
}

std::string Names::of(const Type& type) const {
  if ((type.is(Kind::int_) || type.is(Kind::float_)) && is_c_scalar(type)) {
    return std::string(type.name());
  }
  if (const auto other = other_.find(type.id()); other != other_.end()) return other->second;
  return identifier(type.name());
}

std::string Names::enumerator(std::string_view name) {
  return unique_ ? claim(ordinary_, identifier(name)) : identifier(name);
}

}  // namespace skep::btf
