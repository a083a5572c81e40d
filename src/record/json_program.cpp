#include "record/json_program.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "record/address.hpp"
#include "record/names.hpp"
#include "record/number.hpp"
#include "record/text.hpp"

namespace skep::record {
namespace {

constexpr std::size_t copy_slack = 16;
constexpr std::size_t longest_number = 48;  // bytes that any value of fixed length takes

// Short copies in steps of 16 bytes: both sides have room for as many more.
[[nodiscard]] char* copy_literal(char* to, const char* from, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; i += copy_slack) std::memcpy(to + i, from + i, copy_slack);
  return to + size;
}

template <typename T>
[[nodiscard]] char* write_float(char* to, T value) noexcept {
  if (!std::isfinite(value)) {
    return to + std::string_view("null").copy(to, 4);
  }
  return std::to_chars(to, to + longest_number, value).ptr;
}

void put_number(Writer& out, const Operation& op, std::uint64_t value) {
  char* to = out.room(longest_number);
  out.wrote(op.is_signed ? write_signed(to, static_cast<std::int64_t>(value))
                         : write_decimal(to, value));
}

void put_quoted(Writer& out, std::string_view name) {
  out.put('"');
  out.put(name);
  out.put('"');
}

// A negative errno by name, what is none as a number.
void put_error(Writer& out, const Operation& op, std::uint64_t value) {
  const auto name = name_of_errno(0 - value);
  if (static_cast<std::int64_t>(value) < 0 && !name.empty()) return put_quoted(out, name);
  put_number(out, op, value);
}

void put_signal(Writer& out, const Operation& op, std::uint64_t value) {
  if (value == 0) return out.put("null");
  const std::size_t mark = out.size();
  out.put('"');
  if (write_signal_name(out, value)) return out.put('"');
  out.cut_at(mark);
  put_number(out, op, value);
}

void put_words(Writer& out, std::string_view words) {
  out.put('[');
  bool first = true;
  for_each_word(words, [&](std::string_view word) {
    if (!std::exchange(first, false)) out.put(',');
    write_json_text(out, word);
  });
  out.put(']');
}

void put_span(Writer& out, const Operation& op, const Span& span) {
  if (op.code == Code::words_span) return put_words(out, span.text);
  write_json_text(out, span.text);
}

void put_span_error(Writer& out, Bytes record, const Span& span) {
  out.put('"');
  out.wrote(write_decimal(out.room(20), span.length));
  out.put(" bytes at ");
  out.wrote(write_decimal(out.room(20), span.offset));
  out.put(" of a record of ");
  out.wrote(write_decimal(out.room(20), record.size()));
  out.put('"');
}

std::size_t common_parents(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::size_t depth = 0;
  while (depth + 1 < a.size() && depth + 1 < b.size() && a[depth] == b[depth]) ++depth;
  return depth;
}

// Bytes that one element of a flexible array needs.
std::uint32_t bytes_of_flexible_element(Column column) {
  column.offset = 0;
  column.dimensions.erase(column.dimensions.begin());
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(extent_of(column), UINT32_MAX));
}

}  // namespace

std::string json_key(std::string_view name) {
  std::string key;
  {
    Writer out(key);
    write_json_text(out, name);
    out.put(':');
  }
  return key;
}

JsonProgram::JsonProgram(const std::vector<Enumeration>& enumerations, Clock clock)
    : literals_(copy_slack, '\0'), clock_(clock) {
  for (const auto& enumeration : enumerations) names_.emplace_back(enumeration, write_json_text);
}

void JsonProgram::push(Operation op, std::string_view literal) {
  op.literal = static_cast<std::uint32_t>(literals_.size() - copy_slack);
  op.literal_size = static_cast<std::uint32_t>(literal.size());
  literals_.insert(op.literal, literal);
  operations_.push_back(op);
}

// `literal`, then the value of an element at `offset` from what its array (or the record) is.
void JsonProgram::add_element(const Column& column, std::string_view literal,
                              std::uint32_t offset) {
  if (column.meaning == Meaning::structure) {
    add_object(column.fields);
    return;
  }
  Operation op = operation_of(column);
  op.offset = offset;
  if (op.code == Code::text_span || op.code == Code::words_span) {
    op.index = static_cast<std::uint32_t>(span_keys_.size());
    span_keys_.push_back({"," + json_key(column.total_name), "," + json_key(column.error_name)});
  }
  push(op, literal);
}

void JsonProgram::add_column(const Column& column, std::string_view literal) {
  if (column.dimensions.empty()) return add_element(column, literal, column.offset);
  std::vector<std::size_t> opened;
  for (std::size_t i = 0; i < column.dimensions.size(); ++i) {
    Operation op;
    op.code = Code::array;
    op.offset = i == 0 ? column.offset : 0;
    op.count = column.dimensions[i].count;
    op.stride = std::max(column.dimensions[i].stride, 1U);
    if (op.count == 0) op.length = bytes_of_flexible_element(column);
    opened.push_back(operations_.size());
    push(op, i == 0 ? literal : "");
  }
  add_element(column, "", 0);
  for (const std::size_t array : opened) {
    operations_[array].end = static_cast<std::uint32_t>(operations_.size());
  }
}

JsonProgram::Range JsonProgram::add_value(const Column& column) {
  const auto begin = static_cast<std::uint32_t>(operations_.size());
  add_column(column, "");
  return {begin, static_cast<std::uint32_t>(operations_.size())};
}

// The braces and keys between one value and the next are put together here, once.
JsonProgram::Range JsonProgram::add_object(const std::vector<Column>& columns) {
  const auto begin = static_cast<std::uint32_t>(operations_.size());
  const std::vector<std::string> nothing;
  const std::vector<std::string>* before = &nothing;
  std::string literal;
  for (const auto& column : columns) {
    const std::size_t common = common_parents(*before, column.path);
    literal.assign(before->empty() ? 0 : before->size() - 1 - common, '}');
    literal += before->empty() ? '{' : ',';
    for (std::size_t i = common; i < column.path.size(); ++i) {
      literal += json_key(column.path[i]);
      if (i + 1 < column.path.size()) literal += '{';
    }
    add_column(column, literal);
    before = &column.path;
  }
  push({}, before->empty() ? "{}" : std::string(before->size(), '}'));
  return {begin, static_cast<std::uint32_t>(operations_.size())};
}

void JsonProgram::run(Writer& out, Bytes record, Range range, std::size_t base) const {
  for (std::uint32_t i = range.begin; i < range.end; ++i) {
    const Operation& op = operations_[i];
    char* to = out.room(op.literal_size + copy_slack + longest_number);
    to = copy_literal(to, literals_.data() + op.literal, op.literal_size);
    const std::byte* at = place_in(record, base + op.offset);
    switch (op.code) {
      case Code::literal:
        break;
      case Code::u8:
        to = write_decimal(to, load<std::uint8_t>(at));
        break;
      case Code::u16:
        to = write_decimal(to, load<std::uint16_t>(at));
        break;
      case Code::u32:
        to = write_decimal(to, load<std::uint32_t>(at));
        break;
      case Code::u64:
        to = write_decimal(to, load<std::uint64_t>(at));
        break;
      case Code::i8:
        to = write_signed(to, load<std::int8_t>(at));
        break;
      case Code::i16:
        to = write_signed(to, load<std::int16_t>(at));
        break;
      case Code::i32:
        to = write_signed(to, load<std::int32_t>(at));
        break;
      case Code::i64:
        to = write_signed(to, load<std::int64_t>(at));
        break;
      case Code::float32:
        to = write_float(to, load<float>(at));
        break;
      case Code::float64:
        to = write_float(to, load<double>(at));
        break;
      case Code::array:
        out.wrote(to);
        write_array(out, record, i, base + op.offset);
        i = op.end - 1;
        continue;
      default:
        out.wrote(to);
        write_slow(out, record, op, at);
        continue;
    }
    out.wrote(to);
  }
}

// What takes more than a few instructions anyway.
void JsonProgram::write_slow(Writer& out, Bytes record, const Operation& op,
                             const std::byte* at) const {
  switch (op.code) {
    case Code::text:
      return write_json_text(out, text_in(at, op.length));
    case Code::text_span:
    case Code::words_span:
      return write_span(out, record, op, at);
    case Code::text_rest:
      return write_json_text(out, text_in(at, bytes_from(record, at)));
    case Code::bytes:
    case Code::bytes_rest: {
      out.put('"');
      write_hex_bytes(out, {at, op.code == Code::bytes ? op.length : bytes_from(record, at)});
      return out.put('"');
    }
    case Code::address:
      out.put('"');
      write_address(out, record, op, at);
      return out.put('"');
    case Code::wide: {
      const Wide value = load_bits(at, op.shift, op.bits, op.is_signed);
      out.put('"');
      char* to = out.room(longest_number);
      out.wrote(op.is_signed ? write_signed_wide(to, value) : write_wide(to, value));
      return out.put('"');
    }
    default:
      return write_number(out, op, op.load(at));
  }
}

void JsonProgram::write_number(Writer& out, const Operation& op, std::uint64_t value) const {
  switch (op.code) {
    case Code::boolean:
      if (value <= 1 || (op.bits == 1)) return out.put(value != 0 ? "true" : "false");
      break;
    case Code::character:
      if (value >= 0x20 && value < 0x7f) {
        const char c = static_cast<char>(value);
        return write_json_text(out, {&c, 1});
      }
      break;
    case Code::enumeration:
      if (const auto name = names_[op.index].find(value); !name.empty()) return out.put(name);
      break;
    case Code::pointer:
      out.put("\"0x");
      out.wrote(write_hex(out.room(longest_number), value));
      return out.put('"');
    case Code::error_code:
      if (value == 0) return out.put("null");
      return put_error(out, op, value);
    case Code::result:
      return put_error(out, op, value);
    case Code::signal:
      return put_signal(out, op, value);
    case Code::open_flags:
      out.put('"');
      write_open_flags(out, value);
      return out.put('"');
    case Code::file_mode:
      out.put('"');
      out.wrote(write_mode(out.room(longest_number), value));
      return out.put('"');
    case Code::time:
      return write_time(out, op, value);
    case Code::hex_number:
      out.put("\"0x");
      out.wrote(write_hex(out.room(longest_number), value));
      return out.put('"');
    case Code::port:
      value = __builtin_bswap16(static_cast<std::uint16_t>(value));
      break;
    case Code::flags:
      out.put('"');
      names_[op.index].write_flags(out, value, 1);
      return out.put('"');
    case Code::named:
      if (write_name(out, op, value)) return;
      break;
    default:
      break;
  }
  put_number(out, op, value);
}

void JsonProgram::write_time(Writer& out, const Operation& op, std::uint64_t value) const {
  if (value == 0) return out.put("null");
  out.put('"');
  const Clock clock = op.count == 1 ? clock_.as_monotonic() : clock_;
  out.wrote(times_[op.count == 1 ? 1 : 0].write_utc(out.room(longest_number), clock, value));
  out.put('"');
}

// A process stays a number: what it is called is for people.
bool JsonProgram::write_name(Writer& out, const Operation& op, std::uint64_t value) const {
  const auto meaning = static_cast<Meaning>(op.index);
  if (meaning == Meaning::process) return false;
  const std::size_t mark = out.size();
  out.put('"');
  if (!namer_.write(out, meaning, value)) {
    out.cut_at(mark);
    return false;
  }
  out.put('"');
  return true;
}

void JsonProgram::write_array(Writer& out, Bytes record, std::uint32_t index,
                              std::size_t at) const {
  const Operation& op = operations_[index];
  const std::size_t count = elements_at(op, record.size(), at);
  out.put('[');
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out.put(',');
    run(out, record, {index + 1, op.end}, at + i * op.stride);
  }
  out.put(']');
}

void JsonProgram::write_span(Writer& out, Bytes record, const Operation& op,
                             const std::byte* at) const {
  const Span span = read_span(record, static_cast<std::size_t>(at - record.data()));
  if (op.in_array) return write_span_in_array(out, record, op, span);
  const SpanKeys& keys = span_keys_[op.index];
  if (span.outside) {
    out.put("null");
    out.put(keys.error);
    return put_span_error(out, record, span);
  }
  put_span(out, op, span);
  if (!span.is_cut()) return;
  out.put(keys.total);
  out.wrote(write_decimal(out.room(20), span.total));
}

// There is no key to put beside it: one that is not whole becomes an object.
void JsonProgram::write_span_in_array(Writer& out, Bytes record, const Operation& op,
                                      const Span& span) const {
  if (span.outside) {
    out.put("{\"error\":");
    put_span_error(out, record, span);
    return out.put('}');
  }
  if (!span.is_cut()) return put_span(out, op, span);
  out.put(op.code == Code::words_span ? "{\"words\":" : "{\"text\":");
  put_span(out, op, span);
  out.put(",\"total\":");
  out.wrote(write_decimal(out.room(20), span.total));
  out.put('}');
}

}  // namespace skep::record
