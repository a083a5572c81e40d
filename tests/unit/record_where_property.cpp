// `--where` against others: patterns against fnmatch(3), random expressions against a naive
// evaluator, which reads the values out of the record's JSON.
#include <fnmatch.h>

#include <random>

#include "unit/random_where.hpp"
#include "unit/record_where.hpp"

namespace skep::test {
namespace {

TEST(WhereGlob, AsFnmatchDoes) {
  std::mt19937 random(1);
  const auto pick = [&](std::string_view letters, std::size_t most) {
    std::string out;
    for (std::size_t n = random() % (most + 1); n > 0; --n)
      out += letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern = pick("ab*?", 5);
    if (random() % 3 == 0) pattern += (random() % 2 == 0 ? "[a-b]" : "[!a]") + pick("ab*", 3);
    const std::string text = pick("abc", 8);
    ASSERT_EQ(record::matches_glob(pattern, text), ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0)
        << pattern << " on " << text;
  }
  EXPECT_TRUE(record::matches_glob("?\xe2\x82\xac?", "x\xe2\x82\xac\xc3\xa9"));
  EXPECT_TRUE(record::matches_glob("\\*[]]", "*]"));
  EXPECT_FALSE(record::matches_glob(std::string(200, '*') + "b", std::string(20000, 'a')));
}

TEST(WhereProperty, AsANaiveEvaluatorSaysIt) {
  Types t;
  const auto schema = schema_of_numbers(t);
  RandomWhere random(42);
  for (int i = 0; i < 800; ++i) {
    const auto made = random.expression(4);
    const auto where = try_compile(schema, made.text);
    ASSERT_TRUE(where) << made.text << "\n" << where.error().message();
    for (int n = 0; n < 8; ++n) {
      RecordBytes bytes(36);
      for (const std::size_t at : {0, 8, 16, 24}) bytes.set(at, random.any_number());
      const auto row = json_of(schema, bytes);
      ASSERT_EQ((*where)(bytes), made.holds(row)) << made.text << " on " << row;
    }
  }
}

}  // namespace
}  // namespace skep::test
