#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "record/text.hpp"
#include "record/where_token.hpp"
#include "record/where_tree.hpp"

namespace skep::record::where {
namespace {

constexpr std::size_t longest = std::size_t{64} * 1024;  // bytes of text
constexpr std::size_t deepest = 64;                      // parentheses and negations
constexpr std::size_t most_values = 1024;                // tests, and what they compare with
constexpr std::size_t most_indices = 16;

constexpr std::pair<std::string_view, Comparison> comparisons[] = {
    {"==", Comparison::equal},   {"!=", Comparison::unequal},
    {"<", Comparison::less},     {"<=", Comparison::less_or_equal},
    {">", Comparison::greater},  {">=", Comparison::greater_or_equal},
    {"~", Comparison::like},     {"!~", Comparison::unlike},
    {"&", Comparison::has_bits}, {"in", Comparison::in},
};

class Parser {
 public:
  explicit Parser(std::string_view text) { tree_.text = text; }

  Result<Tree> parse() {
    if (tree_.text.size() > longest) {
      return fail_at({0, 1}, fmt::format("the expression is longer than {} bytes", longest));
    }
    SKEP_CHECK(advance());
    SKEP_TRY(const std::uint32_t whole, disjunction());
    if (token_.kind != Token::Kind::end) {
      return fail_at(token_.place, "here the expression should end, or go on with && or ||");
    }
    if (whole + 1 != tree_.nodes.size()) tree_.nodes.push_back(tree_.nodes[whole]);
    return std::move(tree_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> fail_at(Place place, std::string_view what) const {
    return std::unexpected(error_at(ErrorKind::invalid_argument, tree_.text, place, what));
  }

  Result<void> advance() {
    end_ = token_.place.at + token_.text.size();
    SKEP_TRY(token_, next_token(tree_.text, token_.place.at + token_.text.size()));
    return {};
  }

  [[nodiscard]] bool is_sign(std::string_view sign) const {
    return token_.kind == Token::Kind::sign && token_.text == sign;
  }

  // Whether the sign stood there; then it is behind.
  Result<bool> take(std::string_view sign) {
    if (!is_sign(sign)) return false;
    SKEP_CHECK(advance());
    return true;
  }

  Result<void> expect(std::string_view sign, std::string_view what) {
    SKEP_TRY(const bool taken, take(sign));
    if (!taken) return fail_at(token_.place, what);
    return {};
  }

  // `begin`: where it does, in the text; it ends before the token that is looked at.
  std::uint32_t add(Node::Kind kind, std::uint32_t left, std::uint32_t right, std::size_t begin) {
    tree_.nodes.push_back({kind, left, right, {begin, end_ - begin}});
    return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  }

  Result<std::uint32_t> disjunction() {
    const std::size_t begin = token_.place.at;
    SKEP_TRY(std::uint32_t left, conjunction());
    for (;;) {
      SKEP_TRY(const bool more, take("||"));
      if (!more) return left;
      SKEP_TRY(const std::uint32_t right, conjunction());
      left = add(Node::Kind::disjunction, left, right, begin);
    }
  }

  Result<std::uint32_t> conjunction() {
    const std::size_t begin = token_.place.at;
    SKEP_TRY(std::uint32_t left, negation());
    for (;;) {
      SKEP_TRY(const bool more, take("&&"));
      if (!more) return left;
      SKEP_TRY(const std::uint32_t right, negation());
      left = add(Node::Kind::conjunction, left, right, begin);
    }
  }

  Result<std::uint32_t> negation() {
    const std::size_t begin = token_.place.at;
    const bool is_negation = is_sign("!");
    if (!is_negation && !is_sign("(")) return test();
    if (++depth_ > deepest) return fail_at(token_.place, "this is nested too deep");
    SKEP_CHECK(advance());
    std::uint32_t inner = 0;
    if (is_negation) {
      SKEP_TRY(const std::uint32_t negated, negation());
      inner = add(Node::Kind::negation, negated, 0, begin);
    } else {
      SKEP_TRY(inner, disjunction());
      SKEP_CHECK(expect(")", "here a ) is missing"));
      tree_.nodes[inner].place = {begin, end_ - begin};
    }
    --depth_;
    return inner;
  }

  Result<std::uint32_t> test() {
    if (++values_ > most_values) return fail_at(token_.place, "there are too many tests");
    Test test;
    SKEP_TRY(test.column, column());
    test.sign = token_.place;
    const bool may_compare = token_.kind == Token::Kind::sign || token_.text == "in";
    const auto* found = std::ranges::find(comparisons, token_.text,
                                          &std::pair<std::string_view, Comparison>::first);
    if (may_compare && found != std::end(comparisons)) {
      test.comparison = found->second;
      SKEP_CHECK(advance());
      SKEP_TRY(test.values, test.comparison == Comparison::in ? set() : one());
    }
    tree_.tests.push_back(std::move(test));
    const auto index = static_cast<std::uint32_t>(tree_.tests.size() - 1);
    return add(Node::Kind::test, index, 0, tree_.tests.back().column.place.at);
  }

  Result<ColumnName> column() {
    if (token_.kind != Token::Kind::word || token_.text == "in") {
      return fail_at(token_.place, "here a column should stand");
    }
    ColumnName out{.place = token_.place, .name = std::string(token_.text), .member = {}};
    if (out.name.starts_with('.')) return fail_at(token_.place, "here a column should stand");
    SKEP_CHECK(advance());
    while (is_sign("[")) {
      SKEP_CHECK(advance());
      std::uint32_t index = 0;
      const char* end = token_.text.end();
      const auto [stop, error] = std::from_chars(token_.text.begin(), end, index);
      const bool is_index =
          token_.kind == Token::Kind::number && error == std::errc() && stop == end;
      if (!is_index) return fail_at(token_.place, "here the number of an element should stand");
      if (out.indices.size() == most_indices) return fail_at(token_.place, "these are too many");
      out.indices.push_back(index);
      SKEP_CHECK(advance());
      out.place.size = token_.place.at + 1 - out.place.at;
      SKEP_CHECK(expect("]", "here a ] is missing"));
    }
    const bool is_member = token_.kind == Token::Kind::word && token_.text.starts_with('.');
    if (is_member && !out.indices.empty()) {
      out.member = token_.text.substr(1);
      out.place.size = token_.place.at + token_.place.size - out.place.at;
      SKEP_CHECK(advance());
    }
    return out;
  }

  Result<std::vector<Range>> one() {
    std::vector<Range> out(1);
    SKEP_TRY(out[0].low, value());
    return out;
  }

  Result<std::vector<Range>> set() {
    std::vector<Range> out;
    SKEP_TRY(const bool is_list, take("("));
    do {
      SKEP_TRY(auto each, range());
      out.push_back(std::move(each));
      if (!is_list) return out;
      SKEP_TRY(const bool more, take(","));
      if (!more) break;
    } while (true);
    SKEP_CHECK(expect(")", "here a , or a ) is missing"));
    return out;
  }

  Result<Range> range() {
    Range out;
    SKEP_TRY(out.low, value());
    SKEP_TRY(const bool has_high, take(".."));
    if (!has_high) return out;
    SKEP_TRY(out.high, value());
    return out;
  }

  Result<Literal> value() {
    if (++values_ > most_values) return fail_at(token_.place, "there are too many values");
    const Place sign = token_.place;
    SKEP_TRY(const bool is_negative, take("-"));
    const bool is_value = token_.kind == Token::Kind::number || token_.kind == Token::Kind::word ||
                          (token_.kind == Token::Kind::quoted && !is_negative);
    if (!is_value || token_.text.starts_with('.')) {
      return fail_at(token_.place, "here a value should stand: a number, a name, \"text\"");
    }
    SKEP_TRY(auto out, to_literal(tree_.text, token_));
    if (is_negative && out.kind == Literal::Kind::address) {
      return fail_at(token_.place, "no address is negative");
    }
    out.is_negative = is_negative;
    if (is_negative) {
      out.real = -out.real;
      out.place = {sign.at, out.place.at + out.place.size - sign.at};
    }
    SKEP_CHECK(advance());
    return out;
  }

  Tree tree_;
  Token token_;
  std::size_t end_ = 0;  // of what was taken
  std::size_t depth_ = 0, values_ = 0;
};

// What of a line fits beside the carets.
constexpr std::size_t shown_before = 40, shown = 100;

}  // namespace

Result<Tree> parse(std::string_view text) { return Parser(text).parse(); }

Error error_at(ErrorKind kind, std::string_view text, Place place, std::string_view what) {
  std::size_t begin = place.at > shown_before ? place.at - shown_before : 0;
  // Not in the midst of a character.
  while (begin > 0 && begin < text.size() && (text[begin] & 0xc0) == 0x80) --begin;
  std::string line, message;
  {
    Writer out(message);  // it may quote what stands in the expression
    write_visible_text(out, what);
  }
  std::size_t before = 0, under = 0;
  {
    Writer out(line);
    const auto piece = [&](std::size_t from, std::size_t to) {
      to = std::min(to, text.size());
      return from < to ? write_visible_text(out, text.substr(from, to - from)) : 0;
    };
    before = piece(begin, place.at);
    under = piece(place.at, place.at + place.size);
    piece(place.at + place.size, std::max(begin + shown, place.at + place.size));
  }
  return {kind, fmt::format("--where: {}\n  {}\n  {:{}}{:^<{}}", message, line, "", before, "",
                            std::max<std::size_t>(under, 1))};
}

}  // namespace skep::record::where
