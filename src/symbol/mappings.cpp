#include "symbol/mappings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace skep::symbol {
namespace {

// The next number, and the one character behind it.
std::optional<std::uint64_t> take_number(std::string_view& line, char behind, int base) {
  std::uint64_t value = 0;
  const char* end = line.end();
  const auto [after, error] = std::from_chars(line.begin(), end, value, base);
  if (error != std::errc() || after == end || *after != behind) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(after - line.begin()) + 1);
  return value;
}

// The kernel writes a newline within a path as \012, and nothing else so.
std::string unescaped(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto escape = path.find("\\012");
    out += path.substr(0, escape);
    if (escape == std::string_view::npos) break;
    out += '\n';
    path.remove_prefix(escape + 4);
  }
  return out;
}

// "7f00-7f10 r-xp 00001000 08:01 1234   /usr/lib/x (deleted)"
std::optional<Mapping> parse_line(std::string_view line) {
  Mapping out;
  const auto start = take_number(line, '-', 16);
  if (!start) return std::nullopt;
  const auto end = take_number(line, ' ', 16);
  if (!end || *end <= *start || line.size() < 5 || line[2] != 'x') return std::nullopt;
  line.remove_prefix(5);
  const auto offset = take_number(line, ' ', 16);
  if (!offset) return std::nullopt;
  const auto device = line.find(' ');
  if (device == std::string_view::npos) return std::nullopt;
  line.remove_prefix(device + 1);
  const auto inode_end = std::min(line.find(' '), line.size());
  std::from_chars(line.begin(), line.begin() + inode_end, out.inode);
  line.remove_prefix(inode_end);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  constexpr std::string_view deleted = " (deleted)";
  out.is_deleted = line.ends_with(deleted);
  if (out.is_deleted) line.remove_suffix(deleted.size());
  out.path = unescaped(line);
  out.start = *start;
  out.end = *end;
  out.offset = *offset;
  return out;
}

}  // namespace

std::vector<Mapping> parse_mappings(std::string_view text) {
  std::vector<Mapping> out;
  while (!text.empty()) {
    const auto newline = text.find('\n');
    if (auto mapping = parse_line(text.substr(0, newline))) out.push_back(*std::move(mapping));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  std::ranges::sort(out, {}, &Mapping::start);
  return out;
}

const Mapping* find_mapping(const std::vector<Mapping>& mappings, std::uint64_t address) noexcept {
  const auto after = std::ranges::upper_bound(mappings, address, {}, &Mapping::start);
  if (after == mappings.begin()) return nullptr;
  const Mapping& mapping = *(after - 1);
  return address < mapping.end ? &mapping : nullptr;
}

}  // namespace skep::symbol
