// record/tags.hpp: what an author says of a member by the macros of bpf/skep/columns.bpf.h, each a
// btf_decl_tag: "skep:kind=duration_us", "skep:hidden", "skep:width=20".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "record/schema.hpp"

namespace skep::record {

struct Annotation {
  std::string_view member;  // for errors: the struct's name
  std::string_view kind, wrong;
  unsigned width = 0;
  bool hidden = false;

  // Of a member that is a struct nothing but SKEP_HIDDEN can be said.
  // Errors: bad_input for a word that says nothing, or a kind that the member cannot be.
  [[nodiscard]] Result<void> check_struct(std::string_view name) const;
  [[nodiscard]] Result<void> apply(Schema& schema, Column& column, const Btf& types) const;
};

class Tags {
 public:
  explicit Tags(const Btf& types);

  // Of a member; null when its author said nothing.
  [[nodiscard]] const Annotation* of(btf::TypeId type, std::int32_t member) const;

 private:
  std::map<std::pair<btf::TypeId, std::int32_t>, Annotation> found_;
};

}  // namespace skep::record
