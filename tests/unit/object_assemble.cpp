// A source in C++ becomes the spec that a file would give.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "isa/opcode.hpp"
#include "object/link.hpp"
#include "skep/assembler.hpp"

namespace skep {
namespace {

using namespace assembly;
using testing::HasSubstr;

const MapSpec hits = {.name = "a_map_of_a_long_name",
                      .type = MapType::array,
                      .key_size = 4,
                      .value_size = 8,
                      .max_entries = 1};

std::string error_of(Source source) {
  const auto spec = assemble(std::move(source));
  return spec ? "none" : spec.error().message();
}

TEST(Assemble, MakesTheSpecOfAnObject) {
  const int line = __LINE__ + 6;
  const auto spec = assemble({
      .license = "GPL",
      .maps = {hits},
      .programs = {{.name = "count",
                    .section = "tracepoint/sched/sched_switch",
                    .code = {load_map_value(r1, "a_map_of_a_long_name", 4),
                             load_map(r2, "a_map_of_a_long_name"), call_function("half"), exit()}}},
      .functions = {{.name = "unused", .code = {exit()}},
                    {.name = "half", .code = {mov(r0, 0), exit()}}},
  });
  ASSERT_TRUE(spec) << spec.error().message();
  ASSERT_EQ(spec->programs.size(), 1U);
  EXPECT_EQ(spec->programs[0].type, ProgramType::tracepoint);
  EXPECT_EQ(spec->programs[0].attach_to, "sched/sched_switch");
  EXPECT_EQ(spec->maps[0].kernel_name, "a_map_of_a_long");
  EXPECT_EQ(spec->license, "GPL");
  const auto& lines = spec->functions[0].line_info;
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(spec->types.string(lines[0].line), "r1 = map a_map_of_a_long_name + 4");
  EXPECT_EQ(spec->types.string(lines[2].line), "call half");
  EXPECT_EQ(lines[0].line_column >> 10, static_cast<std::uint32_t>(line));

  const auto linked = object::link_program(*spec, 0, {});
  ASSERT_TRUE(linked) << linked.error().message();
  ASSERT_EQ(linked->instructions.size(), 8U);  // nobody calls `unused`
  EXPECT_EQ(linked->instructions[4].imm, 1);
  ASSERT_EQ(linked->maps.size(), 2U);
  EXPECT_TRUE(linked->maps[0].is_value);
  EXPECT_EQ(linked->instructions[1].imm, 4);
  EXPECT_EQ(linked->line_info.size(), 6U);
  EXPECT_EQ(linked->function_info.size(), 2U);
}

TEST(Assemble, SaysWhatIsMissing) {
  const Code code = {mov(r0, 0), exit()};
  EXPECT_THAT(error_of({.programs = {{.name = "p", .section = "xpd", .code = code}}}),
              HasSubstr("assemble 'p'"));
  EXPECT_THAT(error_of({.programs = {{.name = "p", .code = code}}}),
              HasSubstr("neither a section (\"xdp\") nor a type"));
  EXPECT_THAT(error_of({.programs = {{.name = "p", .section = "xdp"}}}),
              HasSubstr("it has no instruction"));
  EXPECT_THAT(error_of({.programs = {{.name = "p", .section = "xdp", .code = code}},
                        .functions = {{.name = "p", .code = code}}}),
              HasSubstr("function 'p' is there twice"));
  EXPECT_THAT(error_of({.maps = {hits, hits}}), HasSubstr("is there twice"));
  EXPECT_THAT(error_of({.maps = {{}}}), HasSubstr("a map without a name"));
  const auto line = __LINE__ + 1;
  EXPECT_EQ(
      error_of({.programs = {{.name = "p", .section = "xdp", .code = {load_map(r1, "hits")}}}}),
      fmt::format("assemble 'p': object_assemble.cpp:{}: no map 'hits'; there are: none", line));
  EXPECT_THAT(
      error_of({.programs = {{.name = "p", .section = "xdp", .code = {call_function("f")}}}}),
      HasSubstr("no function 'f'; there are: p"));
}

TEST(Assemble, TakesATypeInsteadOfASection) {
  const auto spec = assemble({.programs = {{.name = "p",
                                            .type = ProgramType::cgroup_sock_addr,
                                            .attach_type = 10,
                                            .flags = 1,
                                            .code = {mov(r0, 1), exit()}}}});
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->programs[0].type, ProgramType::cgroup_sock_addr);
  EXPECT_EQ(spec->programs[0].attach_type, 10U);
  EXPECT_EQ(spec->programs[0].flags, 1U);
}

}  // namespace
}  // namespace skep
