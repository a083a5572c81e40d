#include "record/operation.hpp"

#include <algorithm>

#include "record/namer.hpp"
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
    case Meaning::monotonic_ns:
      return unless_wide(Code::time);
    case Meaning::duration_us:
    case Meaning::duration_ms:
    case Meaning::duration_s:
      return unless_wide(Code::duration);
    case Meaning::byte_count:
      return unless_wide(Code::byte_count);
    case Meaning::percent:
      return unless_wide(Code::percent);
    case Meaning::hex_number:
      return unless_wide(Code::hex_number);
    case Meaning::port_be:
      return Code::port;
    case Meaning::flags:
      return unless_wide(Code::flags);
    case Meaning::ip4:
    case Meaning::ip4_host:
    case Meaning::ip6:
    case Meaning::ip:
    case Meaning::cidr:
    case Meaning::mac:
      return Code::address;
    case Meaning::structure:  // its elements are operations of their own
    case Meaning::bytes:
    case Meaning::dump:
      break;
    default:
      if (is_named(column.meaning)) return unless_wide(Code::named);
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

// What a code needs besides: see Code.
void add_details(const Column& column, Operation& op) noexcept {
  switch (op.code) {
    case Code::enumeration:
    case Code::flags:
      op.index = column.enumeration;
      break;
    case Code::named:
      op.index = static_cast<std::uint32_t>(column.meaning);
      break;
    case Code::address:
      op.stride = static_cast<std::uint32_t>(column.meaning);
      op.index = column.selector;
      op.count = column.selector_size;
      break;
    case Code::duration:
      op.count = column.meaning == Meaning::duration_us   ? 1'000
                 : column.meaning == Meaning::duration_ms ? 1'000'000
                 : column.meaning == Meaning::duration_s  ? 1'000'000'000
                                                          : 1;
      break;
    case Code::hex_number:  // the bits as they are
      op.is_signed = false;
      break;
    case Code::time:
      op.count = column.meaning == Meaning::monotonic_ns ? 1 : 0;
      break;
    default:
      break;
  }
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
  add_details(column, op);
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
  return schema.is_partial || std::ranges::any_of(schema.columns, [](const Column& column) {
           return is_flexible(column) || has_span(column);
         });
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

void NameTable::write_flags(Writer& out, std::uint64_t value, std::size_t margin) const {
  const std::size_t start = out.size();
  std::uint64_t left = value;
  for (const auto& entry : entries_) {
    if (entry.value == 0 || (left & entry.value) != entry.value) continue;
    left &= ~entry.value;
    if (out.size() != start) out.put('|');
    out.put(
        std::string_view(text_).substr(entry.begin + margin, entry.end - entry.begin - 2 * margin));
  }
  if (left == 0 && out.size() != start) return;
  if (out.size() != start) out.put('|');
  if (const auto zero = find(0); value == 0 && !zero.empty()) {
    return out.put(zero.substr(margin, zero.size() - 2 * margin));
  }
  out.put(left == 0 ? "0" : "0x");
  if (left != 0) out.wrote(write_hex(out.room(16), left));
}

}  // namespace skep::record
