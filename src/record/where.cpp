#include "record/where.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "record/load.hpp"
#include "record/operation.hpp"

namespace skep::record {
namespace {

struct Pattern {
  std::string_view rest;

  // Whether the pattern's next character takes `c`; it is behind then. Precondition: not empty, and
  // no star.
  bool take(char c) noexcept {
    if (rest.front() == '[') {
      const auto end = rest.find(']', rest.size() > 1 && is_negation(rest[1]) ? 3 : 2);
      if (end != std::string_view::npos) {
        const bool taken = is_in(rest.substr(1, end - 1), c);
        rest.remove_prefix(end + 1);
        return taken;
      }
    }
    if (rest.front() == '\\' && rest.size() > 1)
      rest.remove_prefix(1);
    else if (rest.front() == '?') {
      rest.remove_prefix(1);
      return true;
    }
    const bool taken = rest.front() == c;
    rest.remove_prefix(1);
    return taken;
  }

  static bool is_negation(char c) noexcept { return c == '!' || c == '^'; }

  // "a-z0_"
  static bool is_in(std::string_view set, char c) noexcept {
    const bool is_negated = !set.empty() && is_negation(set.front());
    if (is_negated) set.remove_prefix(1);
    const auto value = [](char byte) { return static_cast<unsigned char>(byte); };
    for (std::size_t i = 0; i < set.size(); ++i) {
      if (i + 2 < set.size() && set[i + 1] == '-') {
        if (value(set[i]) <= value(c) && value(c) <= value(set[i + 2])) return !is_negated;
        i += 2;
      } else if (set[i] == c) {
        return !is_negated;
      }
    }
    return is_negated;
  }
};

// Bytes of the UTF-8 character at `at`: those that go on are no beginning.
std::size_t next_character(std::string_view text, std::size_t at) noexcept {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  return at;
}

}  // namespace

// One star at a time is enough: what an earlier one took never has to be given back, since the
// later one can take more (the usual argument of a greedy match with one point to return to).
bool matches_glob(std::string_view pattern, std::string_view text) noexcept {
  Pattern at{pattern}, star;
  std::size_t here = 0, star_at = 0;
  bool has_star = false;
  while (here < text.size()) {
    if (!at.rest.empty() && at.rest.front() == '*') {
      at.rest.remove_prefix(1);
      star = at;
      star_at = here;
      has_star = true;
      continue;
    }
    const bool is_any = !at.rest.empty() && at.rest.front() == '?';
    if (!at.rest.empty() && at.take(text[here])) {
      here = is_any ? next_character(text, here) : here + 1;
      continue;
    }
    if (!has_star) return false;
    at = star;
    here = ++star_at;
  }
  while (!at.rest.empty() && at.rest.front() == '*') at.rest.remove_prefix(1);
  return at.rest.empty();
}

bool Where::operator()(Bytes record) const noexcept {
  if (record.size() < required_) [[unlikely]]
    return true;
  std::uint32_t at = entry_;
  while (at < reject) {
    const Instruction& insn = code_[at];
    at = test(insn, record) ? insn.yes : insn.no;
  }
  return at == accept;
}

bool Where::test(const Instruction& insn, Bytes record) const noexcept {
  const std::byte* at = record.data() + insn.offset;
  const auto number = [&]() -> std::uint64_t {
    if (insn.is_big_endian) return __builtin_bswap16(load<std::uint16_t>(at));
    if (insn.bits == 0) return load_integer(at, insn.size, insn.is_signed);
    return static_cast<std::uint64_t>(load_bits(at, insn.shift, insn.bits, insn.is_signed));
  };
  const auto real = [&] {
    return insn.size == 4 ? static_cast<double>(load<float>(at)) : load<double>(at);
  };
  switch (insn.code) {
    case Code::range: {
      // Signed numbers in the order of unsigned ones.
      const std::uint64_t order = insn.is_signed ? std::uint64_t{1} << 63 : 0;
      return (number() ^ order) - insn.low <= insn.span;
    }
    case Code::bits:
      return (number() & insn.low) != 0;
    case Code::network:
      return (load<std::uint32_t>(at) & insn.span) == insn.low;
    case Code::network_long:
      return (load<std::uint64_t>(at) & insn.span) == insn.low;
    case Code::real_less:
      return real() < std::bit_cast<double>(insn.low);
    case Code::real_at_most:
      return real() <= std::bit_cast<double>(insn.low);
    case Code::real_more:
      return real() > std::bit_cast<double>(insn.low);
    case Code::real_at_least:
      return real() >= std::bit_cast<double>(insn.low);
    case Code::real_equal:
      return real() == std::bit_cast<double>(insn.low);
    case Code::bytes_equal:
      return std::memcmp(at, texts_[insn.text].data(), insn.length) == 0;
    case Code::text_any:
    case Code::text_equal:
    case Code::text_like:
      return test_text(insn, record);
  }
  return false;
}

bool Where::test_text(const Instruction& insn, Bytes record) const noexcept {
  const auto fits = [&](std::string_view text) {
    if (insn.code == Code::text_any) return !text.empty();
    if (insn.code == Code::text_equal) return text == texts_[insn.text];
    return matches_glob(texts_[insn.text], text);
  };
  const std::byte* at = place_in(record, insn.offset);
  switch (insn.source) {
    case Source::fixed:
      return fits(text_in(at, insn.length));
    case Source::rest:
      return fits(text_in(at, bytes_from(record, at)));
    case Source::span:
      return fits(read_span(record, insn.offset).text);
    case Source::words: {
      bool any = false;
      for_each_word(read_span(record, insn.offset).text,
                    [&](std::string_view word) { any = any || fits(word); });
      return any;
    }
  }
  return false;
}

namespace {

constexpr std::uint64_t bits_a_byte = 8;

// Bits of the record that a test looks at, of a column in a fixed place.
SameBits bits_of(const Where::Instruction& insn, const std::vector<std::string>& texts) {
  using Code = Where::Code;
  const std::uint64_t at = insn.offset * bits_a_byte;
  switch (insn.code) {
    case Code::network:
      return {at, at, 4 * bits_a_byte};
    case Code::network_long:
      return {at, at, 8 * bits_a_byte};
    case Code::bytes_equal:
      return {at, at, texts[insn.text].size() * bits_a_byte};
    case Code::text_any:
    case Code::text_equal:
    case Code::text_like:
      return {at, at, insn.length * bits_a_byte};
    default:
      break;
  }
  if (insn.bits != 0) return {at + insn.shift, at + insn.shift, insn.bits};
  return {at, at, (insn.is_big_endian ? 2U : insn.size) * bits_a_byte};
}

}  // namespace

std::optional<Where> Where::elsewhere(std::span<const SameBits> parts) const {
  Where out = *this;
  out.required_ = 0;
  for (auto& insn : out.code_) {
    if (insn.source != Source::fixed) return std::nullopt;
    const SameBits asked = bits_of(insn, texts_);
    const auto part = std::ranges::find_if(parts, [&](const SameBits& one) {
      return asked.here >= one.here && asked.here + asked.size <= one.here + one.size &&
             one.here % 8 == one.there % 8;
    });
    if (part == parts.end()) return std::nullopt;
    insn.offset = static_cast<std::uint32_t>((part->there + (asked.here - part->here)) / 8);
  }
  return out;
}

}  // namespace skep::record
