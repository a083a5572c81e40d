#include "record/tags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/kind.hpp"

namespace skep::record {
namespace {

constexpr std::string_view prefix = "skep:";

struct Macro {
  std::uint8_t word;
  std::string_view name;
};
constexpr std::array macros{
    Macro{Annotation::word_kind, "SKEP_KIND"},
    Macro{Annotation::word_hidden, "SKEP_HIDDEN"},
    Macro{Annotation::word_width, "SKEP_WIDTH"},
    Macro{Annotation::word_unit, "SKEP_UNIT"},
    Macro{Annotation::word_about, "SKEP_ABOUT"},
    Macro{Annotation::word_histogram, "SKEP_LOG2 and SKEP_LINEAR"},
    Macro{Annotation::word_alternative, "SKEP_ALTERNATIVE"},
};

std::string names_of(std::uint8_t words) {
  std::vector<std::string> out;
  for (const auto& macro : macros) {
    if ((words & macro.word) != 0) out.emplace_back(macro.name);
  }
  return enumerate(out);
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The text before a comma, which goes with it; nothing where there is none.
std::optional<std::string_view> take_part(std::string_view& text) {
  const auto comma = text.find(',');
  if (comma == text.npos) return std::nullopt;
  const auto out = text.substr(0, comma);
  text.remove_prefix(comma + 1);
  return out;
}

// "0,10,ms": FROM, STEP, UNIT.
std::optional<Scale> parse_linear(std::string_view text) {
  const auto from = take_part(text), step = take_part(text);
  if (!from || !step) return std::nullopt;
  const auto low = number_in<std::int64_t>(*from);
  const auto width = number_in<std::uint64_t>(*step);
  if (!low || !width || *width == 0) return std::nullopt;
  return Scale{Scale::Kind::linear, *low, *width, std::string(text)};
}

// "2,open": RANK, NAME. False when it is none.
bool parse_alternative(std::string_view text, Annotation& out) {
  const auto rank = take_part(text);
  const auto number = rank ? number_in<unsigned>(*rank) : std::nullopt;
  if (!number || *number == 0 || text.empty()) return false;
  out.rank = *number;
  out.alternative = text;
  return true;
}

// Which word it is; 0 where it says nothing.
std::uint8_t read_word(std::string_view word, std::string_view value, bool has_value,
                       Annotation& out) {
  if (word == "hidden" && !has_value) return out.hidden = true, Annotation::word_hidden;
  if (!has_value) return 0;
  if (word == "log2") {
    out.scale = Scale{.unit = std::string(value)};
    return Annotation::word_histogram;
  }
  if (word == "linear") {
    out.scale = parse_linear(value);
    return out.scale ? Annotation::word_histogram : 0;
  }
  if (word == "alternative") {
    return parse_alternative(value, out) ? Annotation::word_alternative : 0;
  }
  if (value.empty()) return 0;
  if (word == "kind") return out.kind = value, Annotation::word_kind;
  if (word == "unit") return out.unit = value, Annotation::word_unit;
  if (word == "about") return out.about = value, Annotation::word_about;
  if (word != "width") return 0;
  const auto width = number_in<unsigned>(value).value_or(0);
  if (width == 0 || width > 255) return 0;
  out.width = width;
  return Annotation::word_width;
}

void read(std::string_view tag, Annotation& out) {
  const auto equals = tag.find('=');
  const bool has_value = equals != tag.npos;
  const auto value = has_value ? tag.substr(equals + 1) : std::string_view();
  const auto word = read_word(tag.substr(0, equals), value, has_value, out);
  out.words |= word;
  if (word != 0) return;
  out.wrong = tag;
  out.is_wrong = true;
}

std::optional<Meaning> meaning_of(Unit unit) noexcept {
  switch (unit) {
    case Unit::nanoseconds:
      return Meaning::duration_ns;
    case Unit::microseconds:
      return Meaning::duration_us;
    case Unit::milliseconds:
      return Meaning::duration_ms;
    case Unit::seconds:
      return Meaning::duration_s;
    case Unit::bytes:
      return Meaning::byte_count;
    default:
      return std::nullopt;
  }
}

bool is_number(const Column& column) noexcept {
  return column.meaning == Meaning::floating || can_be(column, Meaning::unsigned_integer);
}

// Of the author's own words nothing is known but that they stand beside a number.
Result<void> set_unit(Column& column, std::string_view unit) {
  if (!is_number(column)) {
    return fail(ErrorKind::bad_input, "'{}' is no number, so that it has no unit '{}'", column.name,
                unit);
  }
  const auto meaning = meaning_of(unit_called(unit));
  if (!meaning || !show_as(column, *meaning)) column.unit = unit;
  return {};
}

Result<void> set_scale(Column& column, const Scale& scale) {
  const bool is_counts = column.dimensions.size() == 1 && column.dimensions[0].count > 1 &&
                         can_be(column, Meaning::unsigned_integer) && column.bit_size == 0;
  if (!is_counts) {
    return fail(ErrorKind::bad_input, "'{}' is no array of counts, so that it is no histogram",
                column.name);
  }
  column.scale = scale;
  return {};
}

}  // namespace

Result<void> Annotation::check(std::uint8_t allowed, std::string_view what) const {
  if (is_wrong) {
    return fail(ErrorKind::bad_input,
                "{} has the tag 'skep:{}', which says nothing: there are SKEP_KIND(\"…\"), "
                "SKEP_HIDDEN, SKEP_WIDTH(COLUMNS), SKEP_UNIT(\"…\"), SKEP_ABOUT(\"…\"), "
                "SKEP_LOG2(UNIT), SKEP_LINEAR(UNIT, FROM, STEP) and SKEP_ALTERNATIVE(NAME, RANK), "
                "with numbers above 0",
                what, wrong);
  }
  const auto other = static_cast<std::uint8_t>(words & ~allowed);
  if (other == 0) return {};
  if (allowed == 0) return fail(ErrorKind::bad_input, "{}: nothing can be said of it", what);
  return fail(ErrorKind::bad_input, "{}: {} cannot be said of it, only {}", what, names_of(other),
              names_of(allowed));
}

Result<void> Annotation::check_struct(std::string_view name) const {
  return check(word_hidden, fmt::format("struct {}: its member '{}' is a struct", owner, name));
}

std::string Annotation::where() const {
  return is_of_variable ? fmt::format("variable '{}'", owner) : fmt::format("struct {}", owner);
}

Result<void> Annotation::apply(Schema& schema, Column& column, const Btf& types) const {
  const auto what =
      is_of_variable ? where() : fmt::format("struct {}: its member '{}'", owner, column.name);
  SKEP_CHECK(check(of_members, what));
  column.width = static_cast<std::uint8_t>(width);
  column.about = about;
  const auto set = [&]() -> Result<void> {
    if (!unit.empty()) SKEP_CHECK(set_unit(column, unit));
    if (!kind.empty()) SKEP_CHECK(set_kind(schema, column, kind, types));
    if (scale) SKEP_CHECK(set_scale(column, *scale));
    return {};
  };
  if (auto done = set(); !done) return add_context(std::move(done).error(), "{}", where());
  return {};
}

Tags::Tags(const Btf& types) : types_(&types) {
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    const auto tag = types.type(id);
    if (!tag.is(btf::Kind::decl_tag) || !tag.name().starts_with(prefix)) continue;
    auto& said = found_[{tag.target(), tag.component()}];
    const auto target = types.type(tag.target());
    said.owner = target.name();
    said.is_of_variable = target.is(btf::Kind::var);
    read(tag.name().substr(prefix.size()), said);
  }
}

const Annotation* Tags::of(btf::TypeId type, std::int32_t member) const& {
  const auto found = found_.find({type, member});
  return found == found_.end() ? nullptr : &found->second;
}

const Annotation* Tags::of(btf::Kind kind, std::string_view name) const& {
  if (found_.empty()) return nullptr;
  const auto type = types_->find(name, kind);
  return type ? of(type->id()) : nullptr;
}

Unit unit_called(std::string_view word) noexcept {
  constexpr std::array known{
      std::pair{std::string_view("ns"), Unit::nanoseconds},
      std::pair{std::string_view("us"), Unit::microseconds},
      std::pair{std::string_view("ms"), Unit::milliseconds},
      std::pair{std::string_view("s"), Unit::seconds},
      std::pair{std::string_view("bytes"), Unit::bytes},
  };
  const auto found = std::ranges::find(known, word, &std::pair<std::string_view, Unit>::first);
  return found == known.end() ? Unit::none : found->second;
}

ValuePlace place_of(std::string path, std::string variable, const Annotation* said) {
  const auto unit = said == nullptr ? Unit::none : unit_called(said->unit);
  if (unit == Unit::none) return {std::move(path), std::move(variable), {}};
  return {std::move(path), {}, unit};
}

}  // namespace skep::record
