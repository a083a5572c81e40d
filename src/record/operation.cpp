#include "record/operation.hpp"

#include <algorithm>

#include "record/number.hpp"

namespace skep::record {
namespace {

// An integer as it is: the quickest code that reads it.
Code plain_code(const Operation& op) noexcept {
  // The bits of one of up to 64 may lie in nine bytes.
  if (op.bits != 0) return op.bits > 64 ? Code::wide : Code::number;
  if (op.size > 8) return Code::wide;
  switch (op.size) {
    case 1:
      return op.is_signed ? Code::i8 : Code::u8;
    case 2:
      return op.is_signed ? Code::i16 : Code::u16;
    case 4:
      return op.is_signed ? Code::i32 : Code::u32;
    case 8:
      return op.is_signed ? Code::i64 : Code::u64;
    default:
      return Code::number;
  }
}

Code code_of(const Column& column, const Operation& op) noexcept {
  const Code plain = plain_code(op);
  const auto unless_wide = [&](Code code) { return plain == Code::wide ? plain : code; };
  switch (column.meaning) {
    case Meaning::unsigned_integer:
    case Meaning::signed_integer:
    case Meaning::user_id:
      return plain;
    case Meaning::boolean:
      return unless_wide(Code::boolean);
    case Meaning::character:
      return unless_wide(Code::character);
    case Meaning::enumeration:
      return unless_wide(Code::enumeration);
    case Meaning::floating:
      return op.size == 4 ? Code::float32 : Code::float64;
    case Meaning::pointer:
      return unless_wide(Code::pointer);
    case Meaning::text:
      return column.flexible ? Code::text_rest : Code::text;
    case Meaning::text_span:
      return Code::text_span;
    case Meaning::words_span:
      return Code::words_span;
    case Meaning::error_code:
      return unless_wide(Code::error_code);
    case Meaning::result:
      return unless_wide(Code::result);
    case Meaning::signal:
      return unless_wide(Code::signal);
    case Meaning::duration_ns:
      return unless_wide(Code::duration);
    case Meaning::open_flags:
      return unless_wide(Code::open_flags);
    case Meaning::file_mode:
      return unless_wide(Code::file_mode);
    case Meaning::time_ns:
      return unless_wide(Code::time);
    case Meaning::structure:  // its elements are operations of their own
    case Meaning::bytes:
      break;
  }
  return column.flexible ? Code::bytes_rest : Code::bytes;
}

// What lies beyond the fixed part, and may be missing.
bool is_flexible(const Column& column) noexcept {
  return column.flexible || (!column.dimensions.empty() && column.dimensions[0].count == 0);
}

bool has_span(const Column& column) noexcept {
  return column.meaning == Meaning::text_span || column.meaning == Meaning::words_span ||
         std::ranges::any_of(column.fields, has_span);
}

bool is_negative_by_meaning(Meaning meaning) noexcept {
  return meaning == Meaning::error_code || meaning == Meaning::result;
}

}  // namespace

Operation operation_of(const Column& column) noexcept {
  Operation op;
  op.offset = column.offset;
  op.length = column.size;
  op.size = static_cast<std::uint8_t>(std::min<std::uint32_t>(column.size, 255));
  op.shift = column.bit_shift;
  op.bits = column.bit_size;
  op.is_signed = column.is_signed || is_negative_by_meaning(column.meaning);
  op.in_array = !column.dimensions.empty();
  op.code = code_of(column, op);
  if (op.code == Code::wide && op.bits == 0) {
    op.bits = static_cast<std::uint8_t>(std::min(op.size, std::uint8_t{16}) * 8);
  }
  if (op.code == Code::enumeration) op.index = column.enumeration;
  return op;
}

std::uint64_t element_extent(const Column& column) noexcept {
  if (column.meaning != Meaning::structure) return column.flexible ? 0 : column.size;
  std::uint64_t most = 0;
  for (const auto& field : column.fields) most = std::max(most, extent_of(field));
  return most;
}

std::uint64_t extent_of(const Column& column) noexcept {
  std::uint64_t extent = column.offset + element_extent(column);
  for (const auto& dimension : column.dimensions) {
    if (dimension.count == 0) return column.offset;
    extent += std::uint64_t{dimension.count - 1} * dimension.stride;
  }
  return extent;
}

std::uint64_t extent_of(const Schema& schema) noexcept {
  std::uint64_t most = schema.size;
  for (const auto& column : schema.columns) {
    if (!is_flexible(column)) most = std::max(most, extent_of(column));
  }
  return most;
}

bool is_open(const Schema& schema) noexcept {
  return std::ranges::any_of(
      schema.columns, [](const Column& column) { return is_flexible(column) || has_span(column); });
}

Span read_span(Bytes record, std::size_t at) noexcept {
  Span span{};
  span.offset = load<std::uint16_t>(record.data() + at);
  span.length = load<std::uint16_t>(record.data() + at + 2);
  span.total = load<std::uint32_t>(record.data() + at + 4);
  const auto bytes = slice(record, span.offset, span.length);
  span.outside = !bytes;
  if (bytes) span.text = {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  return span;
}

void write_hex_bytes(Writer& out, Bytes bytes) {
  char* to = out.room(bytes.size() * 2);
  for (const std::byte byte : bytes) to = write_hex_byte(to, std::to_integer<unsigned char>(byte));
  out.wrote(to);
}

NameTable::NameTable(const Enumeration& enumeration, Write write) {
  entries_.reserve(enumeration.names.size());
  Writer out(text_);
  for (const auto& [value, name] : enumeration.names) {
    const std::size_t begin = out.size();
    write(out, name);
    entries_.push_back({value, begin, out.size()});
    dense_ = dense_ && value - entries_.front().value == entries_.size() - 1;
  }
}

std::string_view NameTable::find(std::uint64_t value) const noexcept {
  const Entry* found = nullptr;
  if (dense_) {
    if (entries_.empty() || value - entries_.front().value >= entries_.size()) return {};
    found = &entries_[value - entries_.front().value];
  } else {
    const auto at = std::ranges::lower_bound(entries_, value, {}, &Entry::value);
    if (at == entries_.end() || at->value != value) return {};
    found = &*at;
  }
  return std::string_view(text_).substr(found->begin, found->end - found->begin);
}

std::size_t NameTable::longest() const noexcept {
  std::size_t most = 0;
  for (const auto& entry : entries_) most = std::max(most, entry.end - entry.begin);
  return most;
}

}  // namespace skep::record
