// A `--where` expression: text that is no expression is refused with a place in it; what is one
// runs on any record, and comes to an end. The first part is the record, the rest the text.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "any_types.hpp"
#include "record/where.hpp"

namespace {

using namespace skep;
using record::Column;
using record::Meaning;

Column column(std::string name, Meaning meaning, std::uint32_t offset, std::uint32_t size) {
  Column out{.name = name, .path = {std::move(name)}, .meaning = meaning};
  out.offset = offset;
  out.size = size;
  return out;
}

// One of each kind of comparison, by names of a letter.
record::Schema schema_of_all() {
  record::Schema out{.name = "all", .size = 64};
  out.columns = {
      column("a", Meaning::unsigned_integer, 0, 8),
      column("b", Meaning::signed_integer, 8, 4),
      column("c", Meaning::text, 12, 4),
      column("d", Meaning::text_span, 16, 8),
      column("e", Meaning::words_span, 16, 8),
      column("f", Meaning::floating, 24, 8),
      column("g", Meaning::error_code, 32, 4),
      column("h", Meaning::bytes, 36, 6),
      column("i", Meaning::enumeration, 44, 4),
      column("j", Meaning::bytes, 48, 16),
      column("k", Meaning::unsigned_integer, 0, 2),
      column("l", Meaning::open_flags, 44, 4),
      column("m", Meaning::text, 64, 0),
      column("n.o", Meaning::boolean, 1, 1),
  };
  out.columns[1].is_signed = true;
  out.columns[8].enumeration = 0;
  out.columns[10].dimensions = {{4, 2}, {2, 1}};
  out.columns[12].flexible = true;
  out.enumerations.push_back({1, {{0, "zero"}, {7, "seven"}}});
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const record::Schema schema = schema_of_all();
  auto rest = std::as_bytes(std::span(data, size));
  const auto part = test::take_part(rest);
  const std::vector bytes(part.begin(), part.end());  // of the exact size, for the sanitizer
  const std::string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
  const auto tree = record::where::parse(text);
  const auto where = tree ? record::Where::compile(*tree, schema) : std::unexpected(tree.error());
  if (!where) {
    if (!where.error().message().starts_with("--where: ")) __builtin_trap();
    if (std::ranges::count(where.error().message(), '\n') != 2) __builtin_trap();
    return 0;
  }
  for (std::uint32_t i = 0; i < where->instructions().size(); ++i) {
    const auto& insn = where->instructions()[i];
    for (const std::uint32_t next : {insn.yes, insn.no}) {
      if (next >= i && next < record::Where::reject) __builtin_trap();
    }
  }
  // A record that is too short passes.
  if (!(*where)(bytes) && bytes.size() < schema.size) __builtin_trap();
  return 0;
}
