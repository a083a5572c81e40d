// What a tool's rows look like: one file of JSON, one for a pipe, one for a terminal.
#include <gtest/gtest.h>

#include <csignal>

#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::RecordBytes;
using test::Types;

constexpr std::uint64_t second = 1'000'000'000;

void expect_all(std::string_view name, const Schema& schema,
                const std::vector<RecordBytes>& records) {
  test::use_time_zone("UTC0");
  Output table, terminal, lines;
  const TableFormatter piped(schema, {.clock = test::noon});
  const TableFormatter shown(schema, {.width = 100, .colour = true, .clock = test::noon});
  const JsonFormatter json(schema, test::noon);
  piped.append_header(table);
  shown.append_header(terminal);
  for (const auto& record : records) {
    piped.append(table, record);
    shown.append(terminal, record);
    json.append(lines, record);
  }
  test::expect_golden(std::string(name) + ".table.txt", table);
  test::expect_golden(std::string(name) + ".terminal.txt", terminal);
  test::expect_golden(std::string(name) + ".json.txt", lines);
}

TEST(RecordGolden, ProgramsThatStart) {
  Types t;
  const auto schema = t.schema(60, {{"time", t.time, 0},
                                    {"pid", t.i32, 64},
                                    {"ppid", t.i32, 96},
                                    {"uid", t.uid, 128},
                                    {"parent", t.array(t.letter, 16), 160},
                                    {"ret", t.result, 288},
                                    {"path", t.text, 352},
                                    {"args", t.words, 416}});
  const auto row = [](std::uint64_t seconds, int pid, std::string_view parent, std::int64_t ret,
                      std::string_view path, std::string_view args, std::size_t total) {
    RecordBytes record(60);
    record.set(0, seconds * second + 123'456'789).set(8, pid).set(12, 1).set(16, 1000U);
    record.text(20, parent).set(36, ret);
    record.span(44, path, path.size()).span(52, args, total);
    return record;
  };
  using namespace std::string_view_literals;
  expect_all("exec", schema,
             {row(1, 4711, "bash", 0, "/bin/ls", "ls\0-l\0/tmp\0"sv, 11),
              row(2, 4194303, "sh", 0, "/usr/bin/printf", "printf\0a b\0it's\0\0$x\0"sv, 20),
              row(3, 7, "文件", -2, "/usr/local/bin/no such thing", "no\0such\0thing\0"sv, 14),
              row(86'399, 8, "\x1b[2Jevil", -13, "/tmp/a\nb\xff",
                  "\x1b]0;title\x07\0--flag=\xe6\x96\x87\0"sv, 21),
              row(90'000, 9, "xargs", 0, "/usr/bin/rm",
                  "rm\0"
                  "-f\0a1\0a2\0a3\0a4\0a5\0a6\0a7\0a8\0a9"sv,
                  40'000),
              RecordBytes(60).span(44, 9999, 7, 7).span(52, 0, 61, 61), RecordBytes(11)});
}

TEST(RecordGolden, ProgramsThatEnd) {
  Types t;
  const auto state = t.b.add_enum("state", 4, {{"left", 0}, {"killed", 1}, {"dumped", 2}});
  const auto usage =
      t.b.add_struct("usage", 16, {{"user", t.duration, 0}, {"system", t.duration, 64}});
  const auto schema = t.schema(72, {{"pid", t.u32, 0},
                                    {"comm", t.array(t.letter, 16), 32},
                                    {"lived", t.duration, 192},
                                    {"code", t.i32, 256},
                                    {"signal", t.signal, 288},
                                    {"state", state, 320},
                                    {"core", t.boolean, 352},
                                    {"cpu", usage, 384},
                                    {"faults", t.array(t.u32, 2), 512},
                                    {"io", t.u64, 512}});
  const auto row = [](unsigned pid, std::string_view comm, std::uint64_t lived, int code,
                      int signal, unsigned how, std::uint8_t core) {
    RecordBytes record(72);
    record.set(0, pid).text(4, comm).set(24, lived).set(32, code).set(36, signal).set(40, how);
    record.set(44, core).set(48, lived / 3).set(56, lived / 7).set(64, pid).set(68, 3U);
    return record;
  };
  expect_all(
      "exit", schema,
      {row(1, "true", 999'999, 0, 0, 0, 0), row(22, "sleep", 1'500'000'000, 0, SIGTERM, 1, 0),
       row(333, "systemd-journal", 200'000 * second, 1, 0, 0, 0),
       row(4444, "crashes", 65 * second, 0, SIGSEGV, 2, 1),
       row(55555, "odd", 230'000, -7, 99, 17, 7)});
}

}  // namespace
}  // namespace skep::record
