// record/format.hpp: the cells of a table.
#include <algorithm>
#include <charconv>

#include "record/address.hpp"
#include "record/format.hpp"
#include "record/names.hpp"
#include "record/number.hpp"
#include "record/text.hpp"

namespace skep::record {
namespace {

constexpr std::string_view red = "\x1b[31m", plain = "\x1b[0m";
constexpr std::string_view ellipsis = "…";
constexpr std::size_t longest_number = 48;  // bytes

std::size_t put(Writer& out, std::string_view ascii) {
  out.put(ascii);
  return ascii.size();
}

// Numbers are ASCII: as many columns as bytes.
template <typename Write>
std::size_t put_number(Writer& out, Write write) {
  char* to = out.room(longest_number);
  char* end = write(to);
  out.wrote(end);
  return static_cast<std::size_t>(end - to);
}

template <typename T>
std::size_t put_float(Writer& out, T value) {
  return put_number(out,
                    [&](char* to) { return std::to_chars(to, to + longest_number, value).ptr; });
}

std::size_t put_integer(Writer& out, bool is_signed, std::uint64_t value) {
  return put_number(out, [&](char* to) {
    return is_signed ? write_signed(to, static_cast<std::int64_t>(value))
                     : write_decimal(to, value);
  });
}

std::size_t put_duration(Writer& out, const Operation& op, std::uint64_t value) {
  const bool is_negative = op.is_signed && static_cast<std::int64_t>(value) < 0;
  std::uint64_t nanoseconds = is_negative ? 0 - value : value;
  if (__builtin_mul_overflow(nanoseconds, op.count, &nanoseconds)) nanoseconds = UINT64_MAX;
  return put_number(out, [&](char* to) {
    if (is_negative) *to++ = '-';
    return write_duration(to, nanoseconds);
  });
}

// "512", "4.0K", "1.5M", "123G".
std::size_t put_byte_count(Writer& out, std::uint64_t value) {
  constexpr std::string_view suffixes = "KMGTPE";
  if (value < 1024) return put_integer(out, false, value);
  std::size_t unit = 0;
  for (; value >= std::uint64_t{1024} * 1024; ++unit) value /= 1024;
  std::size_t columns = put_integer(out, false, value / 1024);
  if (value < std::uint64_t{10} * 1024) {
    const char tenth = static_cast<char>('0' + value % 1024 * 10 / 1024);
    columns += put(out, {".", 1}) + put(out, {&tenth, 1});
  }
  return columns + put(out, suffixes.substr(unit, 1));
}

std::size_t put_hex(Writer& out, Bytes bytes) {
  write_hex_bytes(out, bytes);
  return bytes.size() * 2;
}

}  // namespace

// The usual integers, at the right of their width: without a second look at what was written.
std::size_t TableFormatter::write_integer(Writer& out, const std::byte* at,
                                          const Cell& cell) const {
  std::uint64_t value = 0;
  bool is_negative = false;
  switch (cell.operation.code) {
    case Code::u32:
      value = load<std::uint32_t>(at);
      break;
    case Code::u64:
      value = load<std::uint64_t>(at);
      break;
    default: {
      const auto number = load<std::int32_t>(at);
      is_negative = number < 0;
      value =
          is_negative ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
    }
  }
  const std::size_t taken = count_digits(value) + (is_negative ? 1 : 0);
  if (taken < cell.width) out.pad(cell.width - taken);
  char* to = out.room(longest_number);
  if (is_negative) *to++ = '-';
  out.wrote(write_decimal(to, value));
  return std::max(taken, cell.width);
}

// Writes the value without any padding, and returns how many columns it takes.
std::size_t TableFormatter::write_cell(Writer& out, Bytes record, const Cell& cell) const {
  const Operation& op = cell.operation;
  const std::byte* at = place_in(record, op.offset);
  switch (op.code) {
    case Code::u32:
      return put_integer(out, false, load<std::uint32_t>(at));
    case Code::i32:
      return put_integer(out, true, static_cast<std::uint64_t>(load<std::int32_t>(at)));
    case Code::u64:
      return put_integer(out, false, load<std::uint64_t>(at));
    case Code::text:
      return write_visible_text(out, text_in(at, op.length));
    case Code::text_rest:
      return write_visible_text(out, text_in(at, bytes_from(record, at)));
    case Code::text_span:
    case Code::words_span:
      return write_span(out, record, op);
    case Code::bytes:
      return put_hex(out, {at, op.length});
    case Code::bytes_rest:
      return put_hex(out, {at, bytes_from(record, at)});
    case Code::float32:
      return put_float(out, load<float>(at));
    case Code::float64:
      return put_float(out, load<double>(at));
    case Code::wide:
      return put_number(out, [&](char* to) {
        const Wide value = load_bits(at, op.shift, op.bits, op.is_signed);
        return op.is_signed ? write_signed_wide(to, value) : write_wide(to, value);
      });
    case Code::address:
      return write_address(out, record, op, at);
    case Code::array: {
      const std::size_t mark = out.size();
      arrays_.run(out, record, cell.json);
      return columns_of({out.from(mark), out.size() - mark});
    }
    default:
      return write_number(out, op, op.load(at));
  }
}

std::size_t TableFormatter::write_number(Writer& out, const Operation& op,
                                         std::uint64_t value) const {
  switch (op.code) {
    case Code::boolean:
      if (value <= 1 || op.bits == 1) return put(out, value != 0 ? "true" : "false");
      break;
    case Code::character: {
      const char c = static_cast<char>(value);
      return write_visible_text(out, {&c, 1});
    }
    case Code::enumeration:
      if (const auto name = names_[op.index].find(value); !name.empty()) {
        out.put(name);
        return columns_of(name);
      }
      break;
    case Code::pointer:
      return put(out, "0x") + put_number(out, [&](char* to) { return write_hex(to, value); });
    case Code::error_code:
    case Code::result: {
      if (value == 0 && op.code == Code::error_code) return put(out, "-");
      const auto name = name_of_errno(0 - value);
      if (static_cast<std::int64_t>(value) < 0 && !name.empty()) return write_red(out, name);
      break;
    }
    case Code::signal: {
      if (value == 0) return put(out, "-");
      const std::size_t mark = out.size();
      if (write_signal_name(out, value)) return out.size() - mark;
      break;
    }
    case Code::duration:
      return put_duration(out, op, value);
    case Code::open_flags: {
      const std::size_t mark = out.size();
      write_open_flags(out, value);
      return out.size() - mark;
    }
    case Code::file_mode:
      return put_number(out, [&](char* to) { return write_mode(to, value); });
    case Code::time: {
      if (value == 0) return put(out, "-");
      const Clock clock = op.count == 1 ? options_.clock.as_monotonic() : options_.clock;
      auto& time = times_[op.count == 1 ? 1 : 0];
      return put_number(out, [&](char* to) { return time.write_time_of_day(to, clock, value); });
    }
    case Code::hex_number:
      return put(out, "0x") + put_number(out, [&](char* to) { return write_hex(to, value); });
    case Code::byte_count: {
      const bool is_negative = op.is_signed && static_cast<std::int64_t>(value) < 0;
      return (is_negative ? put(out, "-") : 0) +
             put_byte_count(out, is_negative ? 0 - value : value);
    }
    case Code::percent:
      return put_integer(out, op.is_signed, value) + put(out, "%");
    case Code::port:
      return put_integer(out, false, __builtin_bswap16(static_cast<std::uint16_t>(value)));
    case Code::flags: {
      const std::size_t mark = out.size();
      names_[op.index].write_flags(out, value, 0);
      return columns_of({out.from(mark), out.size() - mark});
    }
    case Code::named:
      if (const auto columns = write_name(out, static_cast<Meaning>(op.index), value)) {
        return columns;
      }
      break;
    default:
      break;
  }
  return put_integer(out, op.is_signed, value);
}

std::size_t TableFormatter::write_span(Writer& out, Bytes record, const Operation& op) const {
  const Span span = read_span(record, op.offset);
  if (span.outside) return write_red(out, "<outside of the record>");
  std::size_t columns = 0;
  if (op.code == Code::text_span) {
    columns = write_visible_text(out, span.text);
  } else {
    bool is_first = true;
    for_each_word(span.text, [&](std::string_view word) {
      if (!is_first) columns += put(out, " ");
      columns += write_shell_word(out, word, std::exchange(is_first, false));
    });
    // Between two words it stands alone.
    if (span.is_cut() && span.text.ends_with('\0')) columns += put(out, " ");
  }
  if (!span.is_cut()) return columns;
  out.put(ellipsis);
  return columns + 1;
}

// How many columns it takes; 0: it has no name.
std::size_t TableFormatter::write_name(Writer& out, Meaning meaning, std::uint64_t value) const {
  const std::size_t mark = out.size();
  if (!namer_.write(out, meaning, value)) return 0;
  return columns_of({out.from(mark), out.size() - mark});
}

std::size_t TableFormatter::write_red(Writer& out, std::string_view text) const {
  if (options_.colour) out.put(red);
  out.put(text);
  if (options_.colour) out.put(plain);
  return text.size();
}

}  // namespace skep::record
