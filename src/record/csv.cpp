#include "record/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "record/json_scan.hpp"
#include "record/text.hpp"

namespace skep::record {
namespace {

constexpr std::string_view ellipsis = "…";
constexpr std::string_view line_end = "\r\n";

// Whether a JSON string (with its quotes) holds what must stand in quotes in a field.
bool needs_quotes(std::string_view json) noexcept {
  for (std::size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] == ',') return true;
    if (json[i] != '\\') continue;
    const char escaped = json[++i];
    if (escaped == '"' || escaped == 'n' || escaped == 'r') return true;
  }
  return false;
}

char* put_quote(char* to) {
  *to++ = '"';
  *to++ = '"';
  return to;
}

char* put_utf8(char* to, std::uint32_t code) {
  if (code < 0x80) {
    *to++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *to++ = static_cast<char>(0xc0 | code >> 6);
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
  } else {
    *to++ = static_cast<char>(0xe0 | code >> 12);
    *to++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    *to++ = static_cast<char>(0x80 | (code & 0x3f));
  }
  return to;
}

// What stands behind a backslash at `at`, which is moved behind it. JSON's own writer uses \u for
// characters of up to 16 bits only, none of them a surrogate.
char* put_escaped(char* to, const char*& at, const char* end) {
  constexpr std::string_view letters = "bfnrt", bytes = "\b\f\n\r\t";
  const char letter = *at++;
  if (letter == '"') return put_quote(to);
  if (letter == 'u' && end - at >= 4) {
    std::uint32_t code = 0;
    std::from_chars(at, at + 4, code, 16);
    at += 4;
    return put_utf8(to, code);
  }
  const auto known = letters.find(letter);
  *to++ = known == std::string_view::npos ? letter : bytes[known];
  return to;
}

// In its place: no escape is shorter than what it stands for, with quotes doubled.
char* unescape(char* begin, std::size_t size) {
  const bool is_quoted = needs_quotes({begin, size});
  const char* at = begin + 1;
  const char* end = begin + size - 1;
  char* to = begin + (is_quoted ? 1 : 0);
  while (at < end) {
    if (*at == '\\' && at + 1 < end) {
      to = put_escaped(to, ++at, end);
    } else {
      *to++ = *at++;
    }
  }
  if (is_quoted) *to++ = '"';
  return to;
}

// An array or object stays what it is, in quotes, with its own doubled.
void quote(Writer& out, std::size_t mark) {
  const std::string_view json(out.from(mark), out.size() - mark);
  const auto quotes = static_cast<std::size_t>(std::ranges::count(json, '"'));
  if (quotes == 0 && json.find(',') == std::string_view::npos) return;
  const std::size_t size = json.size();
  out.wrote(out.room(quotes + 2) + quotes + 2);
  const char* from = out.from(mark) + size;
  char* to = out.from(mark) + size + quotes + 2;
  *--to = '"';
  while (from != out.from(mark)) {
    *--to = *--from;
    if (*to == '"') *--to = '"';
  }
  *--to = '"';
}

// An ellipsis at the end of a field, inside of its quotes.
void put_ellipsis(Writer& out, std::size_t mark) {
  const bool is_quoted = out.size() - mark >= 2 && *out.from(mark) == '"';
  if (is_quoted) out.cut_at(out.size() - 1);
  out.put(ellipsis);
  if (is_quoted) out.put('"');
}

}  // namespace

void make_csv_field(Writer& out, std::size_t mark) {
  const std::string_view json(out.from(mark), out.size() - mark);
  if (json.empty()) return;
  const char first = json.front();
  if (first == '-' || (first >= '0' && first <= '9')) return;
  const std::size_t size = end_of_json_value(json);
  const bool is_cut = size < json.size();
  if (json.substr(0, size) == "null") {
    out.cut_at(mark);
    if (is_cut) out.put("<outside of the record>");
    return;
  }
  out.cut_at(mark + size);
  if (first == '"') {
    out.wrote(unescape(out.from(mark), size));
  } else if (first == '[' || first == '{') {
    quote(out, mark);
  }
  if (is_cut) put_ellipsis(out, mark);
}

CsvFormatter::CsvFormatter(const Schema& schema, Clock clock)
    : program_(schema.enumerations, clock), required_(extent_of(schema)) {
  Writer header(header_);
  for (const auto& column : schema.columns) {
    if (!fields_.empty()) header.put(',');
    fields_.push_back(program_.add_value(column));
    const std::size_t mark = header.size();
    write_json_text(header, column.name);
    make_csv_field(header, mark);
  }
  header.put(line_end);
}

void CsvFormatter::append_header(Output& out) const { out += header_; }

void CsvFormatter::append(Output& out, std::span<const std::byte> record) const {
  Writer writer(out);
  if (record.size() < required_) [[unlikely]] {
    writer.put(fmt::format("<{} of {} bytes> ", record.size(), required_));
    write_hex_bytes(writer, record);
    for (std::size_t i = 1; i < fields_.size(); ++i) writer.put(',');
    return writer.put(line_end);
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (i > 0) writer.put(',');
    const std::size_t mark = writer.size();
    program_.run(writer, record, fields_[i]);
    make_csv_field(writer, mark);
  }
  writer.put(line_end);
}

}  // namespace skep::record
