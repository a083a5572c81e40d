#include "record/where_token.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "base/quantity.hpp"

namespace skep::record::where {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::unexpected<Error> fail_at(std::string_view text, Place place, std::string_view what) {
  return std::unexpected(error_at(ErrorKind::invalid_argument, text, place, what));
}

// A name, number or address: they are told apart by what they hold. Two dots are a range's.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    const bool is_range = c == '.' && text.substr(at).starts_with("..");
    const bool is_part = is_letter(c) || is_digit(c) || c == '.' || c == ':' || c == '$';
    // A slash only before the bits of an address' prefix.
    const bool is_prefix = c == '/' && at + 1 < text.size() && is_digit(text[at + 1]);
    // The sign of an exponent: 1.5e-3.
    const bool is_exponent = (c == '-' || c == '+') && at > 0 &&
                             (text[at - 1] == 'e' || text[at - 1] == 'E') && at + 1 < text.size() &&
                             is_digit(text[at + 1]);
    if (is_range || (!is_part && !is_prefix && !is_exponent)) break;
    ++at;
  }
  return at;
}

// A name has no signs in it: `size-1` is none, but `1.5e-3` is a number.
std::size_t end_of_name(std::string_view text, std::size_t at) {
  const std::size_t end = end_of_word(text, at);
  const auto word = text.substr(at, end - at);
  return word.find(':') != std::string_view::npos
             ? end
             : at + std::min(word.find_first_of("-+/"), word.size());
}

constexpr std::string_view signs[] = {"&&", "||", "==", "!=", "<=", ">=", "!~", "..", "<", ">",
                                      "~",  "!",  "&",  "(",  ")",  "[",  "]",  ",",  "-"};

Result<Token> quoted(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return fail_at(text, {at, 1}, "this text has no end");
  return Token{Token::Kind::quoted, {at, end + 1 - at}, text.substr(at, end + 1 - at)};
}

// 0x1f, 0b101, 0755 and 0o755, 42, each with the unit behind it; false when it is none of them.
bool read_integer(std::string_view word, std::uint64_t& value, std::string_view& rest) {
  int base = 10;
  if (word.size() > 1 && word[0] == '0') {
    const char c = static_cast<char>(word[1] | 0x20);
    base = c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : is_digit(word[1]) ? 8 : 10;
    if (base != 10) word.remove_prefix(is_digit(word[1]) ? 1 : 2);
  }
  const auto [end, error] = std::from_chars(word.begin(), word.end(), value, base);
  rest = {end, word.end()};
  return error == std::errc();
}

Result<Literal> to_number(std::string_view text, const Token& token) {
  Literal out{.place = token.place};
  std::string_view rest;
  bool is_integer = read_integer(token.text, out.magnitude, rest);
  const bool is_real = is_integer && !rest.empty() &&
                       (rest.front() == '.' || rest.front() == 'e' || rest.front() == 'E');
  out.real = static_cast<double>(out.magnitude);
  if (is_real) {
    const auto [end, error] = std::from_chars(token.text.begin(), token.text.end(), out.real);
    if (error != std::errc()) return fail_at(text, token.place, "this is no number");
    rest = {end, token.text.end()};
    is_integer = false;
    out.kind = Literal::Kind::real;
  } else if (!is_integer) {
    return fail_at(text, token.place, "this is no number of at most 64 bits");
  }
  if (rest.empty()) return out;
  const auto unit = unit_with(rest);
  if (!unit) {
    return fail_at(text, token.place,
                   "this is no number: units are ns us ms s m h d, and k M G T for sizes");
  }
  out.real *= static_cast<double>(unit->factor);
  const bool is_too_large =
      out.real >= 0x1p64 ||
      (is_integer && __builtin_mul_overflow(out.magnitude, unit->factor, &out.magnitude));
  if (is_too_large) return fail_at(text, token.place, "this is more than 64 bits hold");
  if (!is_integer) out.magnitude = static_cast<std::uint64_t>(std::llround(out.real));
  out.kind = unit->is_time ? Literal::Kind::duration : Literal::Kind::number;
  return out;
}

}  // namespace

Result<Token> next_token(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  if (at == text.size()) return Token{Token::Kind::end, {at, 1}, {}};
  const char c = text[at];
  if (c == '"' || c == '\'') return quoted(text, at);
  const bool is_address = text.substr(at).starts_with("::");
  if (is_digit(c) || is_address) {
    const std::size_t size = end_of_word(text, at) - at;
    return Token{Token::Kind::number, {at, size}, text.substr(at, size)};
  }
  if (is_letter(c) || (c == '.' && at + 1 < text.size() && is_letter(text[at + 1]))) {
    const std::size_t size = std::max<std::size_t>(end_of_name(text, at) - at, 1);
    return Token{Token::Kind::word, {at, size}, text.substr(at, size)};
  }
  for (const auto sign : signs) {
    if (text.substr(at).starts_with(sign)) {
      return Token{Token::Kind::sign, {at, sign.size()}, text.substr(at, sign.size())};
    }
  }
  if (c == '=') return fail_at(text, {at, 1}, "equality is ==");
  if (c == '|') return fail_at(text, {at, 1}, "or is ||");
  return fail_at(text, {at, 1}, "nothing begins so");
}

namespace {

// "10.0.0.0/8", "fe80::1": false when it is none.
bool read_address(std::string_view word, Literal& out) {
  const auto slash = word.find('/');
  const std::string address(word.substr(0, slash));
  for (const auto& [family, size] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 16}}) {
    if (::inet_pton(family, address.c_str(), out.address.data()) != 1) continue;
    out.kind = Literal::Kind::address;
    out.address_size = static_cast<std::uint8_t>(size);
    out.prefix = static_cast<std::uint8_t>(size * 8);
    if (slash == std::string_view::npos) return true;
    const auto bits = word.substr(slash + 1);
    const std::uint8_t most = out.prefix;
    const auto [end, error] = std::from_chars(bits.begin(), bits.end(), out.prefix);
    return error == std::errc() && end == bits.end() && out.prefix <= most;
  }
  return false;
}

bool is_hex(char c) noexcept { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

// Without its quotes and escapes.
Result<Literal> to_text(std::string_view text, const Token& token) {
  Literal out{.kind = Literal::Kind::text, .place = token.place};
  const auto body = token.text.substr(1, token.text.size() - 2);
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '\\') {
      out.text += body[i];
      continue;
    }
    constexpr std::string_view letters = "nrt\\\"'", bytes = "\n\r\t\\\"'";
    const char letter = body[++i];
    if (letter == 'x' && i + 2 < body.size() && is_hex(body[i + 1]) && is_hex(body[i + 2])) {
      unsigned value = 0;
      std::from_chars(body.data() + i + 1, body.data() + i + 3, value, 16);
      out.text += static_cast<char>(value);
      i += 2;
    } else if (const auto known = letters.find(letter); known != std::string_view::npos) {
      out.text += bytes[known];
    } else if (std::string_view("*?[]").contains(letter)) {
      out.text += {'\\', letter};  // for ~: see matches_glob
    } else {
      return fail_at(text, {token.place.at + i, 2},
                     "escapes are \\n \\r \\t \\\\ \\\" \\' \\xNN, and \\* \\? \\[ behind ~");
    }
  }
  return out;
}

}  // namespace

Result<Literal> to_literal(std::string_view text, const Token& token) {
  Literal out{.place = token.place};
  if (token.kind == Token::Kind::quoted) {
    SKEP_TRY(out, to_text(text, token));
    Literal address{.place = token.place};
    if (read_address(out.text, address)) {
      address.kind = Literal::Kind::text;  // which of the two, the column says
      address.text = out.text;
      return address;
    }
    return out;
  }
  const bool has_dots = std::ranges::count(token.text, '.') == 3;
  if (token.text.find(':') != std::string_view::npos || has_dots) {
    if (read_address(token.text, out)) return out;
    return fail_at(text, token.place, "this is no address");
  }
  if (token.kind == Token::Kind::number) return to_number(text, token);
  out.kind = Literal::Kind::name;
  out.text = token.text;
  return out;
}

}  // namespace skep::record::where
