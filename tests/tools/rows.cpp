#include "tools/rows.hpp"

#include <fmt/format.h>
#include <regex.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace skep::test {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t differences_shown = 20;

// An extended regular expression for a whole text. (std::regex of g++ 12 does not compile without
// warnings under the address sanitizer.)
bool matches(const std::string& expression, const std::string& text) {
  regex_t compiled{};
  if (::regcomp(&compiled, ("^(" + expression + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    throw std::runtime_error("expect: not a regular expression: " + expression);
  }
  const bool found = ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return found;
}

// One field of an expected row.
struct Field {
  std::string name;
  enum class Kind { exact, words, matches, range, absent } kind = Kind::exact;
  std::string text;                // exact, matches
  std::vector<std::string> words;  // words
  double from = 0, to = 0;         // range
};

struct Row {
  std::vector<Field> fields;
  std::size_t left = 1;  // how many may still come
  std::string shown;
};

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool fits(const Field& field, const Json& row) {
  const auto found = row.find(field.name);
  const bool absent = found == row.end() || found->is_null();
  if (field.kind == Field::Kind::absent) return absent;
  if (absent) return false;
  switch (field.kind) {
    case Field::Kind::exact:
      return text_of(*found) == field.text;
    case Field::Kind::words: {
      if (!found->is_array() || found->size() != field.words.size()) return false;
      for (std::size_t i = 0; i < field.words.size(); ++i) {
        if (text_of((*found)[i]) != field.words[i]) return false;
      }
      return true;
    }
    case Field::Kind::matches:
      return matches(field.text, text_of(*found));
    case Field::Kind::range:
      return found->is_number() && found->get<double>() >= field.from &&
             found->get<double>() <= field.to;
    case Field::Kind::absent:
      break;
  }
  return false;
}

bool fits(const Row& expected, const Json& row) {
  for (const auto& field : expected.fields) {
    if (!fits(field, row)) return false;
  }
  return true;
}

Field read_field(const std::string& name, const YAML::Node& node, const Names& names) {
  Field field{.name = name};
  if (node.IsNull()) {
    field.kind = Field::Kind::absent;
  } else if (node.IsScalar()) {
    field.text = expand(node.as<std::string>(), names);
  } else if (node["words"]) {
    field.kind = Field::Kind::words;
    field.words = words_of(node["words"], names);
  } else if (node["matches"]) {
    field.kind = Field::Kind::matches;
    field.text = expand(node["matches"].as<std::string>(), names);
  } else if (node["from"] && node["to"]) {
    field.kind = Field::Kind::range;
    field.from = node["from"].as<double>();
    field.to = node["to"].as<double>();
  } else {
    throw std::runtime_error(
        fmt::format("expect: '{}' takes a value, words, matches, from and to", name));
  }
  return field;
}

// A row that comes `count` times is that many rows, each with its $N and its part of the series.
std::vector<Row> expand_rows(const YAML::Node& expect, const Names& names, const Series& series) {
  std::vector<Row> out;
  for (const auto& node : expect) {
    const auto count = node["count"].as<std::size_t>(1);
    for (std::size_t n = 0; n < count; ++n) {
      Names now = names;
      now["N"] = std::to_string(n);
      for (const auto& [name, texts] : series) {
        if (texts.size() == 1 || n < texts.size())
          now[name] = texts.size() == 1 ? texts[0] : texts[n];
      }
      Row row;
      for (const auto& entry : node) {
        const auto name = entry.first.as<std::string>();
        if (name == "count") continue;
        row.fields.push_back(read_field(name, entry.second, now));
      }
      row.shown = YAML::Dump(node) + fmt::format("   ($N = {})", n);
      out.push_back(std::move(row));
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> compare_rows(const YAML::Node& expect, bool nothing_else,
                                      const std::string& output, const Names& names,
                                      const Series& series) {
  auto expected = expand_rows(expect, names, series);
  std::vector<std::string> out;
  std::istringstream lines(output);
  std::size_t first = 0;  // all before it have come
  for (std::string line; std::getline(lines, line);) {
    const auto row = Json::parse(line, nullptr, false);
    if (!row.is_object()) {
      out.push_back("not a JSON object: " + line);
      continue;
    }
    bool known = false;
    while (first < expected.size() && expected[first].left == 0) ++first;
    for (std::size_t i = first; i < expected.size() && !known; ++i) {
      known = expected[i].left > 0 && fits(expected[i], row);
      if (known) --expected[i].left;
    }
    if (!known && nothing_else) out.push_back("not expected: " + line);
  }
  for (const auto& row : expected) {
    if (row.left > 0) out.push_back("missing:\n" + row.shown);
  }
  if (out.size() > differences_shown) {
    const auto more = out.size() - differences_shown;
    out.resize(differences_shown);
    out.push_back(fmt::format("… and {} more differences", more));
  }
  return out;
}

}  // namespace skep::test
