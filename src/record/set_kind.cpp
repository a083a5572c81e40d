#include <fmt/ranges.h>

#include "base/error.hpp"
#include "record/kind.hpp"

namespace skep::record {
namespace {

Error no_such_kind(std::string_view kind, const Column& column) {
  return Error(ErrorKind::invalid_argument,
               fmt::format("column '{}': there is no kind '{}'", column.name, kind))
      .hint(fmt::format("There are {}, enum=NAME, flags=NAME.", fmt::join(kind_names(), ", ")));
}

Error cannot_be(std::string_view kind, const Column& column) {
  std::string what(name_of(column.meaning));
  for (const auto& dimension : column.dimensions) what += fmt::format("[{}]", dimension.count);
  return Error(ErrorKind::invalid_argument,
               fmt::format("column '{}' ({} of {} byte{}) cannot be shown as '{}'", column.name,
                           what, column.size, column.size == 1 ? "" : "s", kind));
}

Result<void> name_by(Schema& schema, Column& column, Meaning meaning, std::string_view name,
                     const Btf& types) {
  auto type = types.find(name, btf::Kind::enum_);
  if (!type) type = types.find(name, btf::Kind::enum64);
  if (!type) {
    return fail(ErrorKind::invalid_argument,
                "column '{}': the object has no enumeration named '{}'", column.name, name);
  }
  if (!can_be(column, Meaning::unsigned_integer)) {
    return std::unexpected(cannot_be(name_of(meaning), column));
  }
  column.enumeration = add_enumeration(schema, *type);
  column.meaning = meaning;
  return {};
}

}  // namespace

Result<void> set_kind(Schema& schema, Column& column, std::string_view kind, const Btf& types) {
  for (const auto& [word, meaning] :
       {std::pair{"enum=", Meaning::enumeration}, std::pair{"flags=", Meaning::flags}}) {
    if (!kind.starts_with(word)) continue;
    return name_by(schema, column, meaning, kind.substr(std::string_view(word).size()), types);
  }
  const auto meaning = kind_named(kind);
  if (!meaning) return std::unexpected(no_such_kind(kind, column));
  if (!show_as(column, *meaning)) return std::unexpected(cannot_be(kind, column));
  return {};
}

}  // namespace skep::record
