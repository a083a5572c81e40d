#include "record/entry.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

namespace skep::record {
namespace {

// Numbers of enumerations go on where those of the other parts end.
void shift_enumerations(Column& column, std::uint32_t by) {
  if (column.enumeration != Column::none) column.enumeration += by;
  for (auto& field : column.fields) shift_enumerations(field, by);
}

// A struct that is shown as one value (an address, or what has no members) has no members of its
// own either.
bool has_members(const Btf& types, const Part& part, const Schema& schema) {
  const auto type = types.strip(part.type);
  const bool is_one = schema.columns.size() == 1 && schema.columns.front().type == type.id();
  return type.is_composite() && !is_one;
}

void add(Schema& whole, Schema part, const Part& what, bool has_members) {
  const auto known = static_cast<std::uint32_t>(whole.enumerations.size());
  for (auto& column : part.columns) {
    column.offset += what.offset;
    column.selector += what.offset;
    shift_enumerations(column, known);
    if (has_members) {
      column.path.insert(column.path.begin(), what.name);
    } else {
      column.path = {what.name};
      column.name = what.name;
    }
    whole.columns.push_back(std::move(column));
  }
  std::ranges::move(part.enumerations, std::back_inserter(whole.enumerations));
  whole.size = std::max(whole.size, what.offset + part.size);
}

// Members of one name are told apart by the parts that they stand in.
void tell_apart(Schema& whole) {
  std::map<std::string, std::size_t> columns_of;
  for (const auto& column : whole.columns) ++columns_of[column.name];
  for (auto& column : whole.columns) {
    const bool is_member = column.path.size() > 1;
    if (is_member && columns_of[column.name] > 1) {
      column.name = column.path.front() + "." + column.name;
    }
  }
}

}  // namespace

Result<Schema> make_schema(const Btf& types, const std::vector<Part>& parts) {
  Schema whole;
  for (const auto& part : parts) {
    SKEP_TRY(auto schema, make_schema(types, part.type));
    const bool members = has_members(types, part, schema);
    add(whole, std::move(schema), part, members);
  }
  tell_apart(whole);
  return whole;
}

}  // namespace skep::record
