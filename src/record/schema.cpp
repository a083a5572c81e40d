#include "record/schema.hpp"

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "record/kind.hpp"
#include "record/resolve.hpp"
#include "record/tags.hpp"

namespace skep::record {
namespace {

using btf::Kind;

constexpr std::size_t most_columns = 4096;
constexpr std::uint64_t most_values = std::uint64_t{1} << 22;  // shown of one record
constexpr std::size_t most_visits = 4 * most_columns;          // members looked at
constexpr std::size_t deepest_nesting = 32;                    // structs in structs
constexpr std::size_t most_dimensions = 16;

// Names that are taken within one JSON object.
class Names {
 public:
  // `wanted`, or the first of wanted_2, wanted_3 … that is free. C has no two members of one name,
  // but BTF may.
  std::string claim(const std::string& wanted) {
    if (next_.try_emplace(wanted, 2).second) return wanted;
    while (true) {
      auto other = fmt::format("{}_{}", wanted, next_[wanted]++);
      if (next_.try_emplace(other, 2).second) return other;
    }
  }

 private:
  std::map<std::string, std::uint64_t> next_;  // a taken name, and the number to try for it
};

// One JSON object while its members are collected.
struct Scope {
  std::vector<std::string> path;  // of the object itself
  Names names;
  std::vector<Column>* out = nullptr;
  std::uint64_t copies = 1;  // how often it occurs in a record
};

// A member, or the root, before it is known what it becomes.
struct Place {
  std::string_view name;
  btf::TypeId type = 0;
  std::uint64_t offset = 0;          // bytes from the start of the record or element
  bool last = false;                 // nothing of the record lies behind it
  const Annotation* said = nullptr;  // by its author
};

std::string join(const std::vector<std::string>& path) {
  return fmt::format("{}", fmt::join(path, "."));
}

// What nobody said is guessed by the name.
void guess_kind(std::string_view name, const Resolved& from, Column& column) {
  if (from.meaning) return;
  if (const auto meaning = guess(name, from.typedefs, column)) show_as(column, *meaning);
}

std::string label(const btf::Type& type) {
  return fmt::format("{} '{}' (type {})", btf::name_of(type.kind()), type.name(), type.id());
}

class Flattener {
 public:
  explicit Flattener(const Btf& types, Schema& schema)
      : types_(types), schema_(schema), tags_(types) {}

  Result<void> root(btf::TypeId type);

 private:
  Result<void> place(Scope& scope, const Place& at);
  Result<void> composite(Scope& scope, const btf::Type& type, std::uint64_t offset, bool last);
  Result<void> member(Scope& scope, const btf::Type& parent, std::uint32_t index,
                      std::uint64_t offset, bool last);
  Result<void> bit_field(Scope& scope, const btf::Type& parent, const btf::Member& member,
                         std::uint64_t offset, const Annotation* said);
  Result<void> nested(Scope& scope, const Place& at, const btf::Type& type);
  Result<void> array(Scope& scope, const Place& at, const btf::Type& type);
  Result<void> elements(Scope& scope, Column& column, btf::TypeId type);
  Result<void> add(Scope& scope, std::string name, Column column, const Annotation* said);
  Result<void> spend(const Scope& scope, const Column& column);
  void name_extras(Scope& scope, std::size_t first);

  const Btf& types_;
  Schema& schema_;
  Tags tags_;
  std::vector<btf::TypeId> open_;  // composites that are being flattened
  std::size_t columns_ = 0;
  std::uint64_t values_ = 0;
  std::size_t visits_ = 0;
};

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

// How many elements an array has; a flexible one counts as one.
std::uint64_t elements_in(const Column& column) {
  std::uint64_t count = 1;
  for (const auto& dimension : column.dimensions) {
    count = multiply(count, std::max(dimension.count, 1U));
  }
  return count;
}

// Texts and hex count their bytes, everything else counts as one.
std::uint64_t values_in(const Column& column) {
  const bool by_bytes = column.meaning == Meaning::text || column.meaning == Meaning::bytes;
  return multiply(elements_in(column), by_bytes ? column.size : 1);
}

Result<void> Flattener::spend(const Scope& scope, const Column& column) {
  if (++columns_ > most_columns) {
    return fail(ErrorKind::unsupported, "it has more than {} fields", most_columns);
  }
  const std::uint64_t values = multiply(values_in(column), scope.copies);
  if (values > most_values - values_) {
    return fail(ErrorKind::unsupported, "one record has more than {} values at '{}'", most_values,
                column.name);
  }
  values_ += values;
  return {};
}

// `name` is claimed already.
Result<void> Flattener::add(Scope& scope, std::string name, Column column, const Annotation* said) {
  if (said != nullptr && said->hidden) return {};
  column.path = scope.path;
  column.path.push_back(std::move(name));
  column.name = join(column.path);
  SKEP_CHECK(spend(scope, column));
  if (said != nullptr) SKEP_CHECK(said->apply(schema_, column, types_));
  scope.out->push_back(std::move(column));
  return {};
}

// After all members of an object have their names: those that it gets besides.
void Flattener::name_extras(Scope& scope, std::size_t first) {
  for (std::size_t i = first; i < scope.out->size(); ++i) {
    Column& column = (*scope.out)[i];
    const bool is_span =
        column.meaning == Meaning::text_span || column.meaning == Meaning::words_span;
    if (!is_span || !column.dimensions.empty()) continue;
    if (column.path.size() != scope.path.size() + 1) continue;  // of an object inside this one
    column.total_name = scope.names.claim(column.path.back() + "_total");
    column.error_name = scope.names.claim(column.path.back() + "_error");
  }
}

Result<void> Flattener::composite(Scope& scope, const btf::Type& type, std::uint64_t offset,
                                  bool last) {
  if (std::ranges::find(open_, type.id()) != open_.end()) {
    return fail(ErrorKind::bad_input, "{} contains itself", label(type));
  }
  if (open_.size() == deepest_nesting) {
    return fail(ErrorKind::unsupported, "{}: nested more than {} deep", label(type),
                deepest_nesting);
  }
  open_.push_back(type.id());
  const bool is_union = type.is(Kind::union_);
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    if (++visits_ > most_visits) {
      return fail(ErrorKind::unsupported, "it has more than {} members", most_visits);
    }
    SKEP_CHECK(member(scope, type, i, offset, last && (is_union || i + 1 == type.vlen())));
  }
  open_.pop_back();
  return {};
}

Result<void> Flattener::bit_field(Scope& scope, const btf::Type& parent, const btf::Member& member,
                                  std::uint64_t offset, const Annotation* said) {
  const auto from = resolve(types_, member.type);
  const std::uint32_t bits = from.type.size() * 8;
  const bool has_bits = from.type.is(Kind::int_) || from.type.is_any_enum();
  if (!has_bits || member.bit_size > bits || member.bit_size > 128 ||
      std::uint64_t{member.bit_offset} + member.bit_size > std::uint64_t{parent.size()} * 8) {
    return fail(ErrorKind::bad_input, "{}: its bit field '{}' cannot be", label(parent),
                member.name);
  }
  Column column;
  describe_scalar(from, from.type.size(), column);
  if (from.type.is_any_enum()) column.enumeration = add_enumeration(schema_, from.type);
  column.offset = static_cast<std::uint32_t>(offset + member.bit_offset / 8);
  column.bit_shift = member.bit_offset % 8;
  column.bit_size = static_cast<std::uint8_t>(member.bit_size);
  column.size = (column.bit_shift + member.bit_size + 7) / 8;
  if (column.meaning == Meaning::character && member.bit_size != 8) {
    column.meaning = column.is_signed ? Meaning::signed_integer : Meaning::unsigned_integer;
  }
  const bool is_plain = column.bit_shift == 0 && (column.size & (column.size - 1)) == 0 &&
                        column.size * 8 == column.bit_size;
  if (is_plain) column.bit_size = 0;
  return add(scope, scope.names.claim(std::string(member.name)), std::move(column), said);
}

Result<void> Flattener::member(Scope& scope, const btf::Type& parent, std::uint32_t index,
                               std::uint64_t offset, bool last) {
  const auto member = parent.member(index);
  const Annotation* said = tags_.of(parent.id(), static_cast<std::int32_t>(index));
  if (member.bit_size != 0) {
    // An unnamed bit field is padding.
    return member.name.empty() ? Result<void>{} : bit_field(scope, parent, member, offset, said);
  }
  std::uint32_t bit_offset = member.bit_offset;
  auto size = types_.size_of(member.type);
  if (!size) {
    return add_context(std::move(size).error(), "{}: member '{}'", label(parent), member.name);
  }
  const auto type = types_.strip(member.type);
  if (bit_offset % 8 != 0 && type.is(Kind::int_)) {
    // Before kind_flag: an integer with fewer bits than its size, anywhere.
    return bit_field(scope, parent,
                     {member.name, member.type, bit_offset + type.int_bit_offset(),
                      std::max(type.int_bits(), 1U)},
                     offset, said);
  }
  if (bit_offset % 8 != 0 || std::uint64_t{bit_offset / 8} + *size > parent.size()) {
    return fail(ErrorKind::bad_input, "{}: its member '{}' lies outside of it", label(parent),
                member.name);
  }
  return place(scope, {member.name, member.type, offset + bit_offset / 8, last, said});
}

Result<void> Flattener::place(Scope& scope, const Place& at) {
  const auto from = resolve(types_, at.type);
  const btf::Type& type = from.type;
  if (type.is(Kind::array)) return array(scope, at, type);
  SKEP_TRY(const std::uint32_t size, types_.size_of(at.type));
  if (type.is_composite() && !from.meaning && (size != 0 || at.last)) {
    if (at.said != nullptr && at.said->hidden) return {};
    if (at.said != nullptr) SKEP_CHECK(at.said->check_struct(at.name));
    return nested(scope, at, type);
  }
  if (size == 0 || at.name.empty()) return {};  // nothing to show; padding
  Column column;
  column.offset = static_cast<std::uint32_t>(at.offset);
  describe_scalar(from, size, column);
  if (type.is_any_enum()) column.enumeration = add_enumeration(schema_, type);
  guess_kind(at.name, from, column);
  return add(scope, scope.names.claim(std::string(at.name)), std::move(column), at.said);
}

// A struct or union: its members, under its name if it has one. One of which nothing can be shown
// (unnamed bit fields only) is shown as bytes.
Result<void> Flattener::nested(Scope& scope, const Place& at, const btf::Type& type) {
  const std::size_t before = scope.out->size();
  const std::string name = at.name.empty() ? "" : scope.names.claim(std::string(at.name));
  if (name.empty()) {
    SKEP_CHECK(composite(scope, type, at.offset, at.last));
  } else {
    Scope inner{scope.path, {}, scope.out, scope.copies};
    inner.path.push_back(name);
    SKEP_CHECK(composite(inner, type, at.offset, at.last));
    name_extras(inner, before);
  }
  if (scope.out->size() != before || type.size() == 0) return {};
  Column column;
  column.offset = static_cast<std::uint32_t>(at.offset);
  column.size = type.size();
  column.type = type.id();
  return add(scope, name.empty() ? scope.names.claim("unnamed") : name, std::move(column), at.said);
}

Result<void> Flattener::array(Scope& scope, const Place& at, const btf::Type& outermost) {
  Column column;
  column.offset = static_cast<std::uint32_t>(at.offset);
  btf::TypeId element = at.type;
  btf::Type type = outermost;
  while (type.is(Kind::array) && column.dimensions.size() < most_dimensions) {
    element = type.target();
    const std::uint32_t count = type.array_count();
    SKEP_TRY(const std::uint32_t stride, types_.size_of(element));
    const bool is_flexible = count == 0 && column.dimensions.empty() && at.last;
    if (stride == 0 || (count == 0 && !is_flexible) || at.name.empty()) return {};
    const auto inner = resolve(types_, element);
    if (is_char(inner.type) && !inner.meaning) {
      column.meaning = Meaning::text;
      column.size = count;
      column.flexible = is_flexible;
      column.type = inner.type.id();
      return add(scope, scope.names.claim(std::string(at.name)), std::move(column), at.said);
    }
    column.dimensions.push_back({count, stride});
    type = inner.type;
  }
  SKEP_CHECK(elements(scope, column, element));
  guess_kind(at.name, resolve(types_, element), column);
  return add(scope, scope.names.claim(std::string(at.name)), std::move(column), at.said);
}

// What an array's elements are.
Result<void> Flattener::elements(Scope& scope, Column& column, btf::TypeId element) {
  const auto from = resolve(types_, element);
  SKEP_TRY(const std::uint32_t size, types_.size_of(element));
  describe_scalar(from, size, column);
  if (from.type.is_any_enum()) column.enumeration = add_enumeration(schema_, from.type);
  if (!from.type.is_composite() || from.meaning) return {};
  Scope inner{{}, {}, &column.fields, multiply(scope.copies, elements_in(column))};
  SKEP_CHECK(composite(inner, from.type, 0, false));
  name_extras(inner, 0);
  if (!column.fields.empty()) column.meaning = Meaning::structure;
  return {};
}

Result<void> Flattener::root(btf::TypeId id) {
  SKEP_TRY(schema_.size, types_.size_of(id));
  const auto from = resolve(types_, id);
  Scope scope{{}, {}, &schema_.columns, 1};
  if (const auto* said = tags_.of(from.type.id())) {
    SKEP_CHECK(said->check(Annotation::word_about, said->where()));
    schema_.about = said->about;
  }
  scope.names.claim("_rest");  // the formatter's own: see JsonFormatter
  if (from.type.is_composite() && !from.meaning) {
    SKEP_CHECK(composite(scope, from.type, 0, true));
  } else {
    SKEP_CHECK(place(scope, {"value", id, 0, true, nullptr}));
  }
  name_extras(scope, 0);
  if (!schema_.columns.empty() || schema_.size == 0) return {};
  Column column;
  column.size = schema_.size;
  column.type = from.type.id();
  return add(scope, "value", std::move(column), nullptr);
}

std::string name_of_type(const Btf& types, btf::TypeId id) {
  const auto named = types.strip_qualifiers(id);
  if (!named.name().empty()) return std::string(named.name());
  return types.c_name(id);
}

}  // namespace

std::uint32_t add_enumeration(Schema& schema, const btf::Type& type) {
  auto& known = schema.enumerations;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].type == type.id()) return static_cast<std::uint32_t>(i);
  }
  std::map<std::uint64_t, std::string> names;  // keeps the first of one value
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const auto enumerator = type.enumerator(i);
    names.emplace(enumerator.value, enumerator.name);
  }
  known.push_back({type.id(), {names.begin(), names.end()}});
  return static_cast<std::uint32_t>(known.size() - 1);
}

Result<Schema> make_schema(const Btf& types, btf::TypeId type) {
  if (!types.contains(type)) {
    return fail(ErrorKind::invalid_argument, "there is no BTF type {}", type);
  }
  Schema schema;
  schema.name = name_of_type(types, type);
  if (auto made = Flattener(types, schema).root(type); !made) {
    return add_context(std::move(made).error(), "lay out a record of type '{}'", schema.name);
  }
  join_addresses(schema);
  return schema;
}

Schema open_ended(Schema schema) {
  if (schema.columns.empty()) return schema;
  Column& last = schema.columns.back();
  const bool is_open = last.meaning == Meaning::text || last.meaning == Meaning::bytes;
  if (is_open && last.dimensions.empty() && last.offset + last.size == schema.size) {
    last.flexible = true;
    schema.size = last.offset;
  }
  return schema;
}

Schema raw_schema(std::string_view name) {
  Schema schema{.name = std::string(name)};
  Column column;
  column.name = "raw";
  column.path = {"raw"};
  column.flexible = true;
  schema.columns.push_back(std::move(column));
  return schema;
}

}  // namespace skep::record
