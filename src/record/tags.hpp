// record/tags.hpp: what an author says of members, variables, maps and programs by the macros of
// bpf/skep/annotations.bpf.h, each a btf_decl_tag: "skep:kind=duration_us", "skep:hidden".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "record/scale.hpp"
#include "record/schema.hpp"
#include "record/value.hpp"

namespace skep::record {

struct Annotation {
  // What was said, a bit each.
  enum Word : std::uint8_t {
    word_kind = 1,
    word_hidden = 2,
    word_width = 4,
    word_unit = 8,
    word_about = 16,
    word_histogram = 32,
    word_alternative = 64,
  };
  static constexpr std::uint8_t of_members =
      word_kind | word_hidden | word_width | word_unit | word_about | word_histogram;

  std::uint8_t words = 0;
  bool is_wrong = false;  // `wrong` says nothing
  bool is_of_variable = false;
  std::string_view owner;  // the struct's, union's, variable's or function's name
  std::string_view kind, unit, about, wrong;
  unsigned width = 0;
  bool hidden = false;
  std::optional<Scale> scale;
  std::string_view alternative;  // the set's name
  unsigned rank = 0;             // within it

  // Errors: bad_input for a tag that says nothing, and for what cannot be said of such a thing.
  // `what` names it: "program 'on_open'".
  [[nodiscard]] Result<void> check(std::uint8_t allowed, std::string_view what) const;
  // Of a member that is a struct nothing but SKEP_HIDDEN can be said.
  [[nodiscard]] Result<void> check_struct(std::string_view name) const;
  // "struct event", "variable 'counts'": for errors.
  [[nodiscard]] std::string where() const;
  // Errors: bad_input for a word that says nothing, or what the column cannot be.
  [[nodiscard]] Result<void> apply(Schema& schema, Column& column, const Btf& types) const;
};

class Tags {
 public:
  explicit Tags(const Btf& types);

  // Of a member, or (-1) of the type itself; null when its author said nothing.
  [[nodiscard]] const Annotation* of(btf::TypeId type, std::int32_t member = -1) const&;
  // Of a function, a variable or a map.
  [[nodiscard]] const Annotation* of(btf::Kind kind, std::string_view name) const&;

  // By type and member.
  using All = std::map<std::pair<btf::TypeId, std::int32_t>, Annotation>;
  [[nodiscard]] const All& all() const& noexcept { return found_; }

 private:
  const Btf* types_;
  All found_;
};

// "us" → microseconds; none for a word of the author's own.
[[nodiscard]] Unit unit_called(std::string_view word) noexcept;

// Of a variable, for what is written into it: its author's word for the unit goes before its name.
// `said` may be null.
[[nodiscard]] ValuePlace place_of(std::string path, std::string variable, const Annotation* said);

}  // namespace skep::record
