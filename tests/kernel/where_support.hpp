// kernel/where_support.hpp: random expressions of `--where`, records to try them on, and a program
// that asks what the kernel says.
#pragma once

#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/support.hpp"
#include "record/where_kernel.hpp"
#include "skep/assembler.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"
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

// How the bytes lie that the function is asked about.
struct Lie {
  std::uint32_t alignment;
  std::int32_t stack;  // bytes from the frame pointer; 0: in a map
};

inline constexpr std::uint32_t asker_cells = 4, asker_stride = 16;
inline const record::WhereCounter asker_counter{"counts", 8, asker_stride, asker_cells};

// A program that asks about what is in its map "data" (8 bytes of size before it).
inline assembly::Code asks(const Lie& lie) {
  using namespace assembly;
  Code code = {load_map_value(r6, "data"), load(r2, u64, r6[0]), mov(r1, r6), assembly::add(r1, 8)};
  if (lie.stack != 0) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(record_bytes); ++i) {
      code.push_back(load(r3, u8, r1[i]));
      code.push_back(store(u8, r10[lie.stack + i], r3));
    }
    code.push_back(mov(r1, r10));
    code.push_back(assembly::add(r1, lie.stack));
  }
  append(code, {mov(r3, 0), call_function("where"), exit()});
  return code;
}

inline Result<Object> load_asker(std::optional<assembly::Code> code, const Lie& lie) {
  if (!code) return std::unexpected(Error(ErrorKind::limit, "the expression is too long"));
  const auto map = [](const char* name, std::uint32_t bytes) {
    return MapSpec{.name = name,
                   .type = MapType::array,
                   .key_size = 4,
                   .value_size = bytes,
                   .max_entries = 1,
                   .flags = 1U << 10};  // BPF_F_MMAPABLE
  };
  SKEP_TRY(auto spec,
           assemble({.license = "GPL",
                     .maps = {map("data", 8 + record_bytes),
                              map("counts", 8 + asker_stride * asker_cells)},
                     .programs = {{.name = "asks", .section = "syscall", .code = asks(lie)}},
                     .functions = {{"where", *std::move(code)}}}));
  return Object::load(std::move(spec));
}

// An object that asks, and what the kernel says.
class Asker {
 public:
  Asker(std::span<const record::KernelKind> kinds, const Lie& lie)
      : Asker(record::where_code(kinds, lie.alignment, asker_counter), lie) {}
  Asker(std::optional<assembly::Code> code, const Lie& lie)
      : object_(must(load_asker(std::move(code), lie))),
        data_(must(object_.maps()[0].mapped(true))),
        counts_(must(object_.maps()[1].mapped(false))) {}
  bool wants(std::span<const std::byte> record) {
    const std::uint64_t size = record.size();
    std::memcpy(data_.bytes().data(), &size, 8);
    std::memcpy(data_.bytes().data() + 8, record.data(), record.size());
    return must(object_.programs()[0].run()).return_value != 0;
  }
  [[nodiscard]] std::uint64_t counted() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < asker_cells; ++i) {
      sum += *read_at<std::uint64_t>(counts_.bytes(), 8 + i * asker_stride);
    }
    return sum;
  }

 private:
  Object object_;
  Mapping data_, counts_;
};

}  // namespace skep::test
