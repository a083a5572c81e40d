#include <gtest/gtest.h>

#include "explain/causes.hpp"
#include "explain/verifier.hpp"

namespace skep::explain {
namespace {

// As 6.18 prints it.
constexpr std::string_view null_check = R"(0: R1=ctx() R10=fp0
; __u64 *count = bpf_map_lookup_elem(&counts, &key); @ count.bpf.c:17
0: (b7) r6 = 0                        ; R6=0
7: (85) call bpf_map_lookup_elem#1    ; R0=map_value_or_null(id=1,map=counts,ks=4,vs=8)
; *count += 1; @ count.bpf.c:18
8: (79) r1 = *(u64 *)(r0 +0)
R0 invalid mem access 'map_value_or_null'
processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
)";

TEST(Explain, NamesTheSourceLineAndTheCause) {
  const auto out = explain_rejection(null_check);
  EXPECT_EQ(out.cause, "R0 invalid mem access 'map_value_or_null'");
  EXPECT_EQ(out.file, "count.bpf.c");
  EXPECT_EQ(out.line, 18U);
  EXPECT_EQ(out.source, "*count += 1;");
  EXPECT_EQ(out.instruction, 8U);
  EXPECT_NE(out.meaning.find("NULL"), std::string::npos);
  EXPECT_FALSE(out.advice.empty());
}

TEST(Explain, SkipsTheStatesThatFollowALoop) {
  const auto out = explain_rejection(
      "; while (1) @ loop.bpf.c:5\n"
      "3: (05) goto pc-1\n"
      "infinite loop detected at insn 3\n"
      "cur state: R0=0 R10=fp0\n"
      "old state: R0=0 R10=fp0\n"
      "processed 5 insns (limit 1000000)\n");
  EXPECT_EQ(out.cause, "infinite loop detected at insn 3");
  EXPECT_EQ(out.line, 5U);
}

TEST(Explain, ASourceLineOfAnOldKernelIsFoundInTheObject) {
  ObjectSpec spec;  // no line info: the text alone remains
  const auto out = explain_rejection("; x = y[9];\n2: (61) r1 = *(u32 *)(r0 +36)\nR0 bad\n", &spec);
  EXPECT_EQ(out.source, "x = y[9];");
  EXPECT_TRUE(out.file.empty());
  EXPECT_EQ(out.instruction, 2U);
}

TEST(Explain, ANumberWithoutAFileIsNoPlace) {
  const auto out = explain_rejection("; return x @ :7\n2: (95) exit\nR0 !read_ok\n");
  EXPECT_TRUE(out.file.empty());
  EXPECT_EQ(out.line, 0U);
  EXPECT_EQ(out.source, "return x @ :7");
}

TEST(Explain, HasNothingToSayOfNothing) {
  EXPECT_TRUE(explain_rejection("").cause.empty());
  EXPECT_TRUE(explain_rejection("\n\n; only source\n").cause.empty());
}

TEST(Explain, EveryKnownCauseIsReachable) {
  for (const auto& known : known_causes()) {
    const auto out = explain_rejection(std::string("1: (95) exit\n") + std::string(known.pattern));
    EXPECT_EQ(out.meaning, known.meaning) << known.pattern;
  }
}

}  // namespace
}  // namespace skep::explain
