// unit/random_where.hpp: random expressions of `--where` about numbers, and what they come to.
#pragma once

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "unit/record_support.hpp"

namespace skep::test {

// Of each kind of number one; 36 bytes.
inline record::Schema schema_of_numbers(Types& t, std::vector<BtfBuilder::Member> more = {},
                                        std::uint32_t size = 36) {
  std::vector<BtfBuilder::Member> members = {
      {"a", t.u8, 0},      {"b", t.i8, 8},      {"c", t.u16, 16},
      {"d", t.i16, 32},    {"p", t.u32, 48, 3},  // bit fields
      {"q", t.i32, 51, 7}, {"r", t.u16, 58, 1}, {"e", t.u32, 64},
      {"f", t.i32, 96},    {"g", t.u64, 128},   {"h", t.i64, 192},
  };
  members.insert(members.end(), more.begin(), more.end());
  return t.schema(size, members);
}

// A random expression, and what it comes to, by the plainest of means.
class RandomWhere {
 public:
  struct Made {
    std::string text;
    std::function<bool(const nlohmann::json&)> holds;
  };
  explicit RandomWhere(unsigned seed) : random_(seed) {}

  Made expression(int depth) {
    const auto kind = depth == 0 ? 0 : random_() % 5;
    if (kind < 2) return number_test();
    if (kind == 2) {
      auto inner = expression(depth - 1);
      return {"!(" + inner.text + ")",
              [holds = inner.holds](const nlohmann::json& row) { return !holds(row); }};
    }
    auto left = expression(depth - 1), right = expression(depth - 1);
    const bool is_and = kind == 3;
    return {fmt::format("({} {} {})", left.text, is_and ? "&&" : "||", right.text),
            [is_and, a = left.holds, b = right.holds](const nlohmann::json& row) {
              return is_and ? a(row) && b(row) : a(row) || b(row);
            }};
  }

  std::uint64_t any_number() {
    switch (random_() % 4) {
      case 0:
        return random_() % 4;
      case 1:
        return 0 - std::uint64_t{random_() % 4};
      case 2:
        return (std::uint64_t{1} << random_() % 64) - random_() % 2;
      default:
        return random_();
    }
  }

  static constexpr const char* columns[] = {"a", "b", "c", "d", "e", "f", "g", "h", "p", "q", "r"};

 private:
  __extension__ using Wide = __int128;

  static Wide value_of(const nlohmann::json& row, const std::string& column) {
    const auto& value = row.at(column);
    return value.is_number_unsigned() ? Wide{value.get<std::uint64_t>()}
                                      : Wide{value.get<std::int64_t>()};
  }

  // As it is written, and what it is.
  std::pair<std::string, Wide> literal() {
    const std::uint64_t magnitude = any_number();
    const bool is_negative = random_() % 3 == 0 && magnitude < (std::uint64_t{1} << 63);
    const char* const forms[] = {"{}{}", "{}{:#x}", "{}0o{:o}", "{}{:#b}"};
    const auto text =
        fmt::format(fmt::runtime(forms[random_() % 4]), is_negative ? "-" : "", magnitude);
    return {text, is_negative ? -Wide{magnitude} : Wide{magnitude}};
  }

  Made number_test() {
    const std::string column = columns[random_() % std::size(columns)];
    const auto [text, value] = literal();
    const char* const signs[] = {"==", "!=", "<", "<=", ">", ">=", "in"};
    const std::string sign = signs[random_() % std::size(signs)];
    if (sign == "in") return set_test(column);
    return {column + " " + sign + " " + text, [column, sign, value](const nlohmann::json& row) {
              const Wide left = value_of(row, column);
              return sign == "=="   ? left == value
                     : sign == "!=" ? left != value
                     : sign == "<"  ? left < value
                     : sign == "<=" ? left <= value
                     : sign == ">"  ? left > value
                                    : left >= value;
            }};
  }

  Made set_test(const std::string& column) {
    std::vector<std::string> texts;
    std::vector<std::pair<Wide, Wide>> ranges;
    for (auto n = 1 + random_() % 4; n > 0; --n) {
      auto low = literal(), high = literal();
      if (low.second > high.second) std::swap(low, high);
      const bool is_single = random_() % 2 == 0;
      texts.push_back(is_single ? low.first : low.first + ".." + high.first);
      ranges.emplace_back(low.second, is_single ? low.second : high.second);
    }
    return {fmt::format("{} in ({})", column, fmt::join(texts, ", ")),
            [column, ranges](const nlohmann::json& row) {
              const Wide value = value_of(row, column);
              return std::ranges::any_of(ranges, [value](const auto& range) {
                return range.first <= value && value <= range.second;
              });
            }};
  }

  std::mt19937_64 random_;
};

}  // namespace skep::test
