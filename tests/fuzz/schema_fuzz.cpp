// A record's schema from types: a part of types, a part that is the record, and the rest as names.
// What is laid out must lie inside the record, and one record must make one line.
#include <algorithm>
#include <cstdint>

#include "any_types.hpp"
#include "record/csv.hpp"
#include "record/format.hpp"
#include "record/yaml.hpp"

namespace {

using namespace skep;

constexpr btf::TypeId most_types = 12;
constexpr std::size_t most_shown = 100;  // columns; more of them are only slower

// Where the last byte of the column's last element ends.
std::uint64_t end_of(const record::Column& column) {
  std::uint64_t end = std::uint64_t{column.offset} + column.size;
  for (const auto& dimension : column.dimensions) {
    if (dimension.count == 0) return 0;  // as far as the record goes: its bytes say how far
    end += std::uint64_t{dimension.count - 1} * dimension.stride;
  }
  return end;
}

void check(const std::vector<record::Column>& columns, std::uint64_t size) {
  for (const auto& column : columns) {
    if (end_of(column) > size) __builtin_trap();
    if (!column.fields.empty()) check(column.fields, column.dimensions.back().stride);
  }
}

void show(const record::Schema& schema, Bytes bytes) {
  const record::Clock clock{};
  record::Output out;
  record::JsonFormatter(schema, clock).append(out, bytes);
  record::TableFormatter(schema, {.width = 40, .clock = clock}).append(out, bytes);
  if (std::ranges::count(out, '\n') != 2 || !out.ends_with('\n')) __builtin_trap();
  out.clear();
  record::JsonFormatter(schema, clock).append(out, bytes);
  record::make_yaml(out, 0);
  record::CsvFormatter(schema, clock).append(out, bytes);
  if (!out.starts_with("---\n") || !out.ends_with("\r\n")) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = std::as_bytes(std::span(data, size));
  const auto type_bytes = test::take_part(rest), part = test::take_part(rest);
  const auto types = test::AnyTypes(type_bytes, rest).btf();
  const std::vector bytes(part.begin(), part.end());  // of the exact size, for the sanitizer
  for (btf::TypeId id = 1; id < std::min(types.end_id(), most_types); ++id) {
    const auto schema = record::make_schema(types, id);
    if (!schema) continue;
    check(schema->columns, schema->size);
    if (schema->columns.size() <= most_shown) show(*schema, bytes);
  }
  return 0;
}
