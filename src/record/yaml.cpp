#include "record/yaml.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "record/json_scan.hpp"

namespace skep::record {
namespace {

// YAML 1.1 takes these for booleans and null, in any case.
constexpr std::array<std::string_view, 9> reserved = {"y",   "n",    "yes",   "no",  "on",
                                                      "off", "true", "false", "null"};

constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// A key that means nothing else without quotes. `key` has them.
bool is_plain(std::string_view key) {
  key = key.substr(1, key.size() - 2);
  if (key.empty() || !is_letter(key.front())) return false;
  const auto is_fit = [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  if (!std::ranges::all_of(key, is_fit)) return false;
  const auto lower = [](char c) { return static_cast<char>(c | 0x20); };
  return std::ranges::none_of(
      reserved, [&](std::string_view word) { return std::ranges::equal(key, word, {}, lower); });
}

// Characters that JSON may hold as they are and YAML may not: line and paragraph separators (which
// fold in a quoted text), the byte order mark, and what is no character. All have three bytes.
std::string_view escape_of(std::string_view text) noexcept {
  constexpr std::array<std::array<std::string_view, 2>, 5> escapes = {{
      {"\xe2\x80\xa8", "\\u2028"},
      {"\xe2\x80\xa9", "\\u2029"},
      {"\xef\xbb\xbf", "\\ufeff"},
      {"\xef\xbf\xbe", "\\ufffe"},
      {"\xef\xbf\xbf", "\\uffff"},
  }};
  for (const auto& [raw, escape] : escapes) {
    if (text.starts_with(raw)) return escape;
  }
  return {};
}

class Converter {
 public:
  Converter(std::string_view json, std::string& out) : rest_(json), out_(out) {}

  void object(std::size_t depth) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '}') {
      if (rest_.front() == ',') rest_.remove_prefix(1);
      member(depth);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
  }

 private:
  std::string_view take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void member(std::size_t depth) {
    out_.append(depth * 2, ' ');
    const auto key = take(end_of_json_string(rest_));
    if (key.size() >= 2 && is_plain(key)) {
      out_ += key.substr(1, key.size() - 2);
    } else {
      text(key);
    }
    take(1);  // the colon
    out_ += ':';
    if (rest_.starts_with('{') && !rest_.starts_with("{}")) {
      out_ += '\n';
      return object(depth + 1);
    }
    out_ += ' ';
    flow(take(std::max<std::size_t>(end_of_json_value(rest_), 1)));
    out_ += '\n';
  }

  // A value in one line. A blank behind a colon, without which YAML 1.1 knows no key.
  void flow(std::string_view json) {
    for (std::size_t i = 0; i < json.size();) {
      const char c = json[i];
      if (c == '"') {
        const auto size = end_of_json_string(json.substr(i));
        text(json.substr(i, size));
        i += size;
      } else if (c == '-' || (c >= '0' && c <= '9')) {
        const auto size = std::min(json.find_first_of(",]}", i), json.size()) - i;
        number(json.substr(i, size));
        i += size;
      } else {
        out_ += c;
        if (c == ':' || c == ',') out_ += ' ';
        ++i;
      }
    }
  }

  void text(std::string_view json) {
    for (std::size_t i = 0; i < json.size(); ++i) {
      const bool may_need = json[i] == '\xe2' || json[i] == '\xef';
      const auto escape = may_need ? escape_of(json.substr(i)) : std::string_view{};
      if (escape.empty()) {
        out_ += json[i];
      } else {
        out_ += escape;
        i += 2;
      }
    }
  }

  // 1e+20 is a text in YAML 1.1: a number with an exponent has a point.
  void number(std::string_view json) {
    const auto exponent = json.find('e');
    const bool lacks_point = exponent != std::string_view::npos && json.find('.') > exponent;
    out_ += json.substr(0, exponent);
    if (lacks_point) out_ += ".0";
    if (exponent != std::string_view::npos) out_ += json.substr(exponent);
  }

  std::string_view rest_;
  std::string& out_;
};

}  // namespace

void make_yaml(Output& out, std::size_t mark) {
  // A copy: YAML is longer than the JSON in whose place it stands.
  const std::string json = out.substr(mark);
  out.resize(mark);
  std::string_view line = json;
  if (line.ends_with('\n')) line.remove_suffix(1);
  out += "---\n";
  if (line == "{}" || !line.starts_with('{')) {
    out += line;
    out += '\n';
    return;
  }
  Converter(line, out).object(0);
}

}  // namespace skep::record
