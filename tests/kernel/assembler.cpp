// Programs assembled in C++, without clang and without a file: loaded, run, refused.
#include "skep/assembler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernel/support.hpp"
#include "skep/explain.hpp"
#include "skep/maps.hpp"

namespace skep {
namespace {

using namespace assembly;
using test::call_getppid, test::must, test::thread_id;
using testing::EndsWith;
using testing::HasSubstr;

const MapSpec hits = {
    .name = "hits", .type = MapType::array, .key_size = 4, .value_size = 8, .max_entries = 1};

const std::vector<std::byte> frame(64);

std::uint32_t run(const Object& object) {
  return must(object.programs()[0].run({.data = frame})).return_value;
}

// C9: every hit of a tracepoint by this thread adds one.
TEST(Assembler, CountsHitsOfATracepoint) {
  const Object
      object =
          must(
              Object::load(
                  must(
                      assemble(
                          {
                              .license = "GPL",
                              .maps = {hits},
                              .programs = {{.name = "count",
                                            .section = "tracepoint/syscalls/sys_enter_getppid",
                                            .code =
                                                {
                                                    call("bpf_get_current_pid_tgid"),
                                                    jne(w0, thread_id(), "out"),
                                                    mov(r2, r10),
                                                    add(r2, -4),
                                                    store(u32, r2[0], 0),
                                                    load_map(r1, "hits"),
                                                    call("bpf_map_lookup_elem"),
                                                    jeq(r0, 0, "out"),
                                                    mov(r1, 1),
                                                    atomic_add(u64, r0[0], r1),
                                                    label("out"),
                                                    mov(r0, 0),
                                                    exit(),
                                                }}},
                          }))));
  {
    const auto links = must(object.attach());
    call_getppid(3);
  }
  const auto counts = must(object.map<Array<std::uint64_t>>("hits"));
  EXPECT_EQ(must(counts.lookup(0)), 3U);
}

TEST(Assembler, CallsAFunctionAndIsCalledBack) {
  const Object object = must(Object::load(must(assemble({
      .license = "GPL",
      .maps = {hits},
      .programs = {{.name = "main",
                    .section = "tc",
                    .code = {mov(r1, 10), load_function(r2, "add_one"), mov(r3, 0), mov(r4, 0),
                             call("bpf_loop"), mov(r1, 4), call_function("multiplied"), exit()}}},
      .functions = {{"multiplied",
                     {load_map_value(r2, "hits"), load(r0, u64, r2[0]), mul(r0, r1), exit()}},
                    {"add_one",
                     {load_map_value(r3, "hits"), load(r4, u64, r3[0]), add(r4, 1),
                      store(u64, r3[0], r4), mov(r0, 0), exit()}}},
  }))));
  EXPECT_EQ(run(object), 40U);
}

TEST(Assembler, UsesAMapThatIsThere) {
  const Map map = must(Map::create(hits));
  const auto values = must(map.as<Array<std::uint64_t>>());
  ASSERT_TRUE(values.update(0, 1234));
  const Object object = must(Object::load(must(
      assemble({.programs = {{.name = "read",
                              .section = "socket",
                              .code = {load_map(r1, map), store(u32, r10[-4], 0), mov(r2, r10),
                                       add(r2, -4), call("bpf_map_lookup_elem"), jeq(r0, 0, "out"),
                                       load(r0, u64, r0[0]), label("out"), exit()}}}}))));
  EXPECT_EQ(run(object), 1234U);
}

// Code is data: it may be made in a loop.
TEST(Assembler, TakesCodeMadeByCode) {
  Code code = {mov(r0, 0), load_immediate(r1, 1)};
  for (int i = 0; i < 16; ++i) append(code, {add(r0, r1), lsh(r1, 1)});
  code.push_back(exit());
  const Object object = must(Object::load(
      must(assemble({.programs = {{.name = "sum", .section = "tc", .code = std::move(code)}}}))));
  EXPECT_EQ(run(object), 0xffffU);
}

TEST(Assembler, SaysWhichLineTheVerifierRefuses) {
  MapSpec hash = hits;
  hash.type = MapType::hash;
  const auto careless = load(r0, u64, r0[0]);
  const std::uint32_t line = __LINE__ - 1;
  const auto spec = must(assemble({
      .maps = {hash},
      .programs = {{.name = "careless",
                    .section = "socket",
                    .code =
                        {
                            load_map(r1, "hits"),
                            mov(r2, r10),
                            add(r2, -4),
                            store(u32, r2[0], 0),
                            call("bpf_map_lookup_elem"),
                            careless,
                            exit(),
                        }}},
  }));
  const auto object = Object::load(spec);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::rejected);
  const auto why = why_rejected(object.error(), &spec);
  EXPECT_THAT(why.cause, HasSubstr("R0 invalid mem access 'map_value_or_null'"));
  EXPECT_EQ(why.source, "r0 = *(u64 *)(r0 +0)");
  EXPECT_THAT(why.file, EndsWith("assembler.cpp"));
  EXPECT_EQ(why.line, line);
  EXPECT_EQ(why.instruction, 6U);
  EXPECT_FALSE(why.meaning.empty());
}

}  // namespace
}  // namespace skep
