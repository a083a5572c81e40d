// kernel/where_support.hpp: random expressions of `--where`, and records to try them on.
#pragma once

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "unit/random_where.hpp"

namespace skep::test {

inline constexpr std::uint32_t record_bytes = 88;

// Numbers, and what is compared byte by byte, some of it where no number of its size may lie.
inline record::Schema schema_of_records(Types& t) {
  const auto address = t.array(t.u8, 4), long_address = t.array(t.u8, 16);
  const auto flags =
      t.b.add_struct("packed", 8, {{"x", t.u8, 0}, {"y", t.u32, 8}, {"z", t.i16, 40}});
  return schema_of_numbers(t,
                           {{"comm", t.array(t.letter, 9), 288},
                            {"name", t.array(t.letter, 3), 360},
                            {"v4", address, 384},
                            {"v6", long_address, 416},
                            {"mac", t.array(t.u8, 6), 544},
                            {"odd", flags, 592},
                            {"real", t.f64, 640}},
                           record_bytes);
}

// What user space says of it, for all expressions that the kernel can test, and some that it
// cannot.
class RandomExpression {
 public:
  explicit RandomExpression(unsigned seed) : numbers_(seed), random_(seed + 1) {}

  std::string make() {
    std::string out = numbers_.expression(static_cast<int>(random_() % 4)).text;
    for (auto n = random_() % 3; n > 0; --n) {
      const std::string other = special();
      const char* const sign = random_() % 3 == 0 ? "||" : "&&";
      out = random_() % 2 == 0 ? fmt::format("({}) {} {}", out, sign, other)
                               : fmt::format("{} {} !({})", other, sign, out);
    }
    return out;
  }

  RecordBytes record() {
    RecordBytes out(record_bytes);
    for (const std::size_t at : {0, 8, 16, 24}) out.set(at, numbers_.any_number());
    const char* const texts[] = {"", "a", "ab", "abc", "abcdefgh", "abcdefghi", "nginx", "sh"};
    out.text(36, texts[random_() % std::size(texts)]);
    out.text(45, std::string_view(texts[random_() % 4]));
    const std::uint8_t addresses[] = {10, 127, 192, 0, 255};
    for (std::size_t i = 48; i < 74; ++i) {
      out.set(
          i, i % 4 < 3 || random_() % 2 == 0 ? addresses[random_() % 2] : addresses[random_() % 5]);
    }
    for (std::size_t i = 74; i < 80; ++i)
      out.set(i, static_cast<std::uint8_t>(random_() % 3 * 127));
    return out;
  }

  std::size_t size() { return random_() % 3 == 0 ? random_() % record_bytes : record_bytes; }

 private:
  std::string special() {
    const char* const tests[] = {"comm == \"abc\"",
                                 "comm == 'abcdefghi'",
                                 "comm == 'abcdefghij'",
                                 "comm != ''",
                                 "comm",
                                 "!name",
                                 "name in ('ab', 'abc')",
                                 "comm ~ 'abc*'",
                                 "comm ~ 'ngin*'",
                                 "comm !~ 'abcdefgh**'",
                                 "name ~ 'abc'",
                                 "comm ~ '*'",
                                 "v4 in 10.0.0.0/7",
                                 "v4 == 10.10.127.10",
                                 "v4 in (127.0.0.0/8, 10.127.0.0/16)",
                                 "v6 in 0a0a::/15",
                                 "v6 in 0a7f:7f0a::/37",
                                 "v6 != ::1",
                                 "mac == '0a:0a:7f:0a:0a:0a'",
                                 "odd.x & 127",
                                 "odd.y in 0..0x7f7f7f",
                                 "odd.z < 0",
                                 "odd.y == 0xfefe007f",
                                 "g & 0x8000000080000000",
                                 "q & 3",
                                 "h & -1",
                                 "d",
                                 "r"};
    return tests[random_() % std::size(tests)];
  }

  RandomWhere numbers_;
  std::mt19937_64 random_;
};

}  // namespace skep::test
