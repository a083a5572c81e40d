#include "record/literal.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace skep::record {
namespace {

constexpr unsigned deepest = 32;
constexpr std::size_t most_values = std::size_t{1} << 20;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Literal> parse() {
    SKEP_TRY(auto out, value());
    skip_spaces();
    if (at_ < text_.size()) return refuse("there is more behind the value");
    return out;
  }

 private:
  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(ErrorKind::invalid_argument, "'{}', character {}: {}", text_, at_ + 1, why);
  }

  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  void skip_spaces() {
    while (next() == ' ' || next() == '\t' || next() == '\n') ++at_;
  }

  bool take(char c) {
    skip_spaces();
    if (at_end() || next() != c) return false;
    ++at_;
    return true;
  }

  Result<Literal> value() {
    if (++count_ > most_values) return refuse("too many values");
    skip_spaces();
    if (next() != '{' && next() != '[') return word(",]}");
    if (++depth_ > deepest) return refuse("too many levels");
    auto out = next() == '{' ? fields() : list();
    --depth_;
    return out;
  }

  Result<Literal> list() {
    Literal out{.kind = Literal::Kind::list, .text = {}, .items = {}, .names = {}};
    ++at_;
    if (take(']')) return out;
    do {
      SKEP_TRY(auto item, value());
      out.items.push_back(std::move(item));
    } while (take(','));
    if (!take(']')) return refuse("a ']' is missing");
    return out;
  }

  Result<Literal> fields() {
    Literal out{.kind = Literal::Kind::fields, .text = {}, .items = {}, .names = {}};
    ++at_;
    if (take('}')) return out;
    do {
      skip_spaces();
      SKEP_TRY(auto name, word("=:,]}"));
      if (name.text.empty()) return refuse("a field's name is missing");
      if (!take('=') && !take(':')) return refuse("a '=' and a value are missing");
      SKEP_TRY(auto item, value());
      out.names.push_back(std::move(name.text));
      out.items.push_back(std::move(item));
    } while (take(','));
    if (!take('}')) return refuse("a '}' is missing");
    return out;
  }

  Result<Literal> word(std::string_view ends) {
    Literal out;
    if (next() == '\'' || next() == '"') {
      SKEP_TRY(out.text, quoted());
      return out;
    }
    while (!at_end() && ends.find(next()) == std::string_view::npos) out.text += text_[at_++];
    while (out.text.ends_with(' ') || out.text.ends_with('\t') || out.text.ends_with('\n')) {
      out.text.pop_back();
    }
    return out;
  }

  Result<std::string> quoted() {
    std::string out;
    const char quote = text_[at_++];
    for (; !at_end() && next() != quote; ++at_) {
      if (next() == '\\' && at_ + 1 < text_.size()) ++at_;
      out += next();
    }
    if (at_end()) return refuse("a quote is open");
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0, count_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

Result<Literal> parse_literal(std::string_view text) { return Parser(text).parse(); }

}  // namespace skep::record
