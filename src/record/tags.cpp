#include "record/tags.hpp"

#include <charconv>

#include "base/error.hpp"
#include "record/kind.hpp"

namespace skep::record {
namespace {

constexpr std::string_view prefix = "skep:";

// "20" → 20; 0 for what is no width.
unsigned parse_width(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  return error == std::errc() && end == text.end() && value <= 255 ? value : 0;
}

void read(std::string_view tag, Annotation& out) {
  const auto equals = tag.find('=');
  const auto word = tag.substr(0, equals);
  const auto value = equals == tag.npos ? std::string_view() : tag.substr(equals + 1);
  if (word == "kind" && !value.empty()) {
    out.kind = value;
  } else if (word == "hidden" && equals == tag.npos) {
    out.hidden = true;
  } else if (word == "width" && parse_width(value) > 0) {
    out.width = parse_width(value);
  } else {
    out.wrong = tag;
  }
}

}  // namespace

Result<void> Annotation::check_struct(std::string_view name) const {
  if (kind.empty() && wrong.empty() && width == 0) return {};
  return fail(ErrorKind::bad_input,
              "struct {}: its member '{}' is a struct, of which only SKEP_HIDDEN can be said",
              member, name);
}

Result<void> Annotation::apply(Schema& schema, Column& column, const Btf& types) const {
  if (!wrong.empty()) {
    return fail(ErrorKind::bad_input,
                "struct {}: its member '{}' has the tag 'skep:{}', which says nothing: there are "
                "skep:kind=KIND, skep:hidden and skep:width=COLUMNS",
                member, column.name, wrong);
  }
  column.width = static_cast<std::uint8_t>(width);
  if (kind.empty()) return {};
  if (auto set = set_kind(schema, column, kind, types); !set) {
    return add_context(std::move(set).error(), "struct {}", member);
  }
  return {};
}

Tags::Tags(const Btf& types) {
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    const auto tag = types.type(id);
    if (!tag.is(btf::Kind::decl_tag) || !tag.name().starts_with(prefix)) continue;
    auto& said = found_[{tag.target(), tag.component()}];
    said.member = types.type(tag.target()).name();
    read(tag.name().substr(prefix.size()), said);
  }
}

const Annotation* Tags::of(btf::TypeId type, std::int32_t member) const {
  const auto found = found_.find({type, member});
  return found == found_.end() ? nullptr : &found->second;
}

}  // namespace skep::record
