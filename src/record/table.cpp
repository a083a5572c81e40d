#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "record/format.hpp"
#include "record/text.hpp"

namespace skep::record {
namespace {

constexpr std::string_view bold = "\x1b[1m", plain = "\x1b[0m";
constexpr std::string_view ellipsis = "…";
constexpr std::size_t text_width = 24;  // columns of a text of any length
constexpr std::size_t least_text_width = 8;
constexpr std::size_t widest = 40;  // columns that a cell has at most

// Columns of most integers that one sees: process numbers have seven digits at most. One that is
// wider pushes its row.
std::size_t integer_width(std::size_t bits) noexcept {
  if (bits <= 8) return 4;
  if (bits <= 16) return 6;
  if (bits <= 32) return 7;
  return bits <= 64 ? 12 : 20;
}

std::size_t width_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::mac:
      return 17;
    case Meaning::ip6:
      return text_width;
    case Meaning::ip:  // most are of version 4
    case Meaning::ip4:
    case Meaning::ip4_host:
      return 15;
    case Meaning::cidr:
      return 18;  // 192.168.100.0/24
    case Meaning::family:
      return 8;  // AF_INET6
    case Meaning::ip_protocol:
    case Meaning::ether_type:
      return 6;
    case Meaning::tcp_state:
    case Meaning::socket_type:
      return 11;  // ESTABLISHED
    case Meaning::device:
      return 7;  // 259:12
    case Meaning::user_name:
    case Meaning::group_name:
      return 10;
    default:
      return 20;
  }
}

std::size_t width_of(const Operation& op, std::size_t longest_name) noexcept {
  switch (op.code) {
    case Code::boolean:
      return 5;  // false
    case Code::character:
      return 4;
    case Code::enumeration:
      return longest_name;
    case Code::float32:
    case Code::float64:
      return 10;
    case Code::pointer:
      return 18;  // 0xffff888012345678
    case Code::text:
      return std::min<std::size_t>(op.length, text_width);
    case Code::bytes:
      return std::min<std::size_t>(op.length * std::size_t{2}, text_width);
    case Code::text_rest:
    case Code::bytes_rest:
    case Code::text_span:
    case Code::words_span:
    case Code::open_flags:
      return text_width;  // O_WRONLY|O_CREAT|O_TRUNC
    case Code::error_code:
      return 12;  // ECONNREFUSED
    case Code::result:
      return 7;
    case Code::signal:
      return 9;  // SIGWINCH, SIGVTALRM
    case Code::duration:
      return 7;  // 1.23ms, 23h59m
    case Code::file_mode:
      return 5;
    case Code::time:
      return 12;  // 12:34:56.789
    case Code::named:
    case Code::address:
      return width_of(static_cast<Meaning>(op.code == Code::named ? op.index : op.stride));
    case Code::port:
    case Code::percent:
      return 5;
    case Code::byte_count:
      return 6;  // 1023K
    case Code::hex_number:
      return 2 + op.size * std::size_t{2};
    case Code::flags:
      return text_width;
    default:
      return integer_width(op.bits != 0 ? op.bits : op.size * std::size_t{8});
  }
}

bool is_number(Code code) noexcept {
  switch (code) {
    case Code::u8:
    case Code::u16:
    case Code::u32:
    case Code::u64:
    case Code::i8:
    case Code::i16:
    case Code::i32:
    case Code::i64:
    case Code::number:
    case Code::wide:
    case Code::float32:
    case Code::float64:
    case Code::result:
    case Code::duration:
    case Code::file_mode:
    case Code::port:
    case Code::percent:
    case Code::byte_count:
    case Code::hex_number:
      return true;
    default:
      return false;
  }
}

// A text that may be longer than its cell.
bool is_long_text(const Operation& op) noexcept {
  switch (op.code) {
    case Code::text:
      return op.length > text_width;
    case Code::text_rest:
    case Code::text_span:
    case Code::words_span:
      return true;
    default:
      return false;
  }
}

// What still says something when it is cut.
bool is_text(const Operation& op) noexcept {
  return op.code == Code::text || op.code == Code::open_flags || is_long_text(op);
}

// Moves what was written since `mark` to the right.
void shift_right(Writer& out, std::size_t mark, std::size_t by) {
  constexpr std::size_t few = 32;
  const std::size_t length = out.size() - mark;
  char* end = out.room(by + few);
  if (length <= few && by <= few) {  // nearly always: in registers
    char* from = out.from(mark);
    std::array<char, few> text{};
    std::memcpy(text.data(), from, few);
    std::memset(from, ' ', few);
    std::memcpy(from + by, text.data(), few);
    return out.wrote(end + by);
  }
  std::memmove(out.from(mark) + by, out.from(mark), length);
  std::memset(out.from(mark), ' ', by);
  out.wrote(end + by);
}

std::string upper_case(std::string_view name) {
  std::string title;
  {
    Writer out(title);
    write_visible_text(out, name);
  }
  for (char& c : title) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return title;
}

void write_visible(Writer& out, std::string_view text) { write_visible_text(out, text); }

}  // namespace

TableFormatter::TableFormatter(const Schema& schema, TableOptions options)
    : options_(options),
      arrays_(schema.enumerations, options.clock),
      required_(extent_of(schema)),
      is_open_(is_open(schema)) {
  for (const auto& enumeration : schema.enumerations) {
    names_.emplace_back(enumeration, write_visible);
  }
  for (const auto& column : schema.columns) cells_.push_back(make_cell(column));
  share_width();
}

TableFormatter::Cell TableFormatter::make_cell(const Column& column) {
  Cell cell;
  cell.title = upper_case(column.name);
  if (!column.unit.empty()) cell.title += fmt::format("({})", column.unit);
  if (column.dimensions.empty()) {
    cell.operation = operation_of(column);
    const bool is_named = cell.operation.code == Code::enumeration;
    cell.width = width_of(cell.operation, is_named ? names_[cell.operation.index].longest() : 0);
    cell.is_right = is_number(cell.operation.code);
    const auto code = cell.operation.code;
    cell.is_integer = code == Code::u32 || code == Code::i32 || code == Code::u64;
  } else {
    cell.operation.code = Code::array;
    cell.json = arrays_.add_value(column);
    cell.width = text_width;
  }
  if (column.width > 0) cell.width = column.width;
  const std::size_t most = column.width > 0 ? column.width : widest;
  cell.width = std::min(std::max(cell.width, columns_of(cell.title)), most);
  return cell;
}

// On a terminal, the last text that may be long gets what the other cells leave. Where they leave
// less than the texts need, all of them give way: one half of their room is its, the others share
// the other half.
void TableFormatter::share_width() {
  std::vector<Cell*> texts;
  std::size_t fixed = cells_.size() - 1, wanted = 0;
  for (auto& cell : cells_) {
    (is_text(cell.operation) ? wanted : fixed) += cell.width;
    if (is_text(cell.operation)) texts.push_back(&cell);
  }
  if (options_.width == 0 || texts.empty()) return;
  const auto is_long = [](const Cell* cell) { return is_long_text(cell->operation); };
  const auto last = std::find_if(texts.rbegin(), texts.rend(), is_long);
  const bool any_long = last != texts.rend();
  Cell& main = any_long ? **last : *texts.back();
  const std::size_t rest = options_.width > fixed ? options_.width - fixed : 0;
  if (rest >= wanted) {
    if (any_long) main.width += rest - wanted;
    main.is_limited = any_long;
    return;
  }
  const auto least = [](const Cell& cell) {
    return std::max(columns_of(cell.title), least_text_width);
  };
  const std::size_t others = texts.size() - 1;
  const std::size_t share = any_long && others > 0 ? rest / 2 / others : rest / texts.size();
  std::size_t left = rest;
  for (Cell* cell : texts) {
    cell->is_limited = true;
    if (cell == &main) continue;
    cell->width = std::max(std::min(cell->width, share), least(*cell));
    left -= std::min(left, cell->width);
  }
  main.width = std::max(left, least(main));
}

void TableFormatter::append_header(Output& out) const {
  if (!options_.header) return;
  Writer writer(out);
  if (options_.colour) writer.put(bold);
  const std::size_t mark = writer.size();
  std::size_t columns = 0;
  for (const auto& cell : cells_) {
    if (&cell != cells_.data()) writer.put(' '), ++columns;
    const std::size_t taken = columns_of(cell.title);
    const std::size_t missing = cell.width > taken ? cell.width - taken : 0;
    if (cell.is_right) writer.pad(missing);
    writer.put(cell.title);
    const bool is_padded = cell.is_right || &cell != &cells_.back();
    if (!cell.is_right && is_padded) writer.pad(missing);
    columns += taken + (is_padded ? missing : 0);
  }
  const bool is_cut = fit_row(writer, mark, columns);
  if (options_.colour && !is_cut) writer.put(plain);
  writer.put('\n');
}

void TableFormatter::append(Output& out, std::span<const std::byte> record) const {
  Writer writer(out);
  if (record.size() < required_) [[unlikely]]
    return write_short(writer, record);
  const std::size_t row = writer.size();
  std::size_t columns = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cells_[i];
    const bool is_last = i + 1 == cells_.size();
    if (i > 0) writer.put(' ');
    if (cell.is_integer) {
      columns += write_integer(writer, place_in(record, cell.operation.offset), cell) + (i > 0);
      continue;
    }
    const std::size_t mark = writer.size();
    std::size_t taken = write_cell(writer, record, cell);
    if (cell.is_limited && !is_last && taken > cell.width) {
      taken = cut_cell(writer, mark, cell.width);
    }
    if (taken < cell.width) {
      if (cell.is_right) {
        shift_right(writer, mark, cell.width - taken);
      } else if (!is_last) {
        writer.pad(cell.width - taken);
      }
      if (cell.is_right || !is_last) taken = cell.width;
    }
    columns += taken + (i > 0 ? 1 : 0);
  }
  if (!is_open_ && record.size() - required_ > most_padding) [[unlikely]] {
    const auto note = fmt::format(" +{} bytes", record.size() - required_);
    writer.put(note);
    columns += note.size();
  }
  fit_row(writer, row, columns);
  writer.put('\n');
}

// Cuts what was written since `mark` to `width` columns; returns how many it takes then.
std::size_t TableFormatter::cut_cell(Writer& out, std::size_t mark, std::size_t width) const {
  const auto kept = measure({out.from(mark), out.size() - mark}, width - 1);
  out.cut_at(mark + kept.bytes);
  out.put(ellipsis);
  if (options_.colour) out.put(plain);
  return kept.columns + 1;
}

// A row that is wider than the terminal is cut, and its colour ended. Whether it was.
bool TableFormatter::fit_row(Writer& out, std::size_t mark, std::size_t columns) const {
  const bool is_wide = options_.width > 0 && columns > options_.width;
  if (is_wide) cut_cell(out, mark, options_.width);
  return is_wide;
}

void TableFormatter::write_short(Writer& out, Bytes record) const {
  const std::size_t mark = out.size();
  std::size_t columns = write_red(out, fmt::format("<{} of {} bytes>", record.size(), required_));
  out.put(' ');
  write_hex_bytes(out, record);
  columns += 1 + record.size() * 2;
  fit_row(out, mark, columns);
  out.put('\n');
}

}  // namespace skep::record
