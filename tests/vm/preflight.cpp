// Why a kernel refuses a function, and what boot parameters do. The kernels are real: those named
// Boot… are booted with other parameters than the rest (CMakeLists.txt beside).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/security.hpp"
#include "kernel/support.hpp"
#include "skep/explain.hpp"
#include "skep/session.hpp"

namespace skep {
namespace {

using testing::AllOf, testing::Contains, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty;

ObjectSpec spec_with(std::string_view object, std::string_view program) {
  auto spec = test::spec_of(object);
  for (auto& one : spec.programs) one.autoload = one.name == program;
  return spec;
}

std::vector<std::string> why_no_kprobe(const char* function) {
  const auto object = Object::load(spec_with("hook_kernel", "on_kprobe"));
  EXPECT_TRUE(object) << test::text_of(object.error());
  const auto link = object->programs()[0].attach(Kprobe{.function = function});
  EXPECT_FALSE(link);
  if (link) return {};
  return why_refused(link.error());
}

// Loaded or attached: whichever says no.
std::vector<std::string> why_no_fentry(const char* function) {
  auto spec = spec_with("prog_refused", "on_any");
  spec.find_program("on_any")->attach_to = function;
  const auto object = Object::load(std::move(spec));
  if (!object) {
    EXPECT_NE(object.error().kind(), ErrorKind::rejected) << test::text_of(object.error());
    return why_refused(object.error());
  }
  const auto link = object->programs()[0].attach();
  EXPECT_FALSE(link);
  if (link) return {};
  return why_refused(link.error());
}

TEST(Functions, InlinedOnesAreNotThere) {
  EXPECT_THAT(why_no_kprobe("get_current"),
              ElementsAre(AllOf(HasSubstr("inlined"), HasSubstr("/proc/kallsyms"))));
  EXPECT_THAT(why_no_fentry("get_current"), ElementsAre(HasSubstr("inlined")));
}

TEST(Functions, AWrongNameGetsTheNearest) {
  EXPECT_THAT(why_no_kprobe("do_unlinkatt"), ElementsAre(HasSubstr("The nearest: do_unlinkat")));
}

// The tracer itself is compiled without places for probes (kernel/trace/Makefile).
TEST(Functions, NotraceOnes) {
  EXPECT_THAT(why_no_kprobe("ring_buffer_event_data"), ElementsAre(HasSubstr("notrace")));
  EXPECT_THAT(why_no_fentry("ring_buffer_event_data"), ElementsAre(HasSubstr("notrace")));
}

TEST(Functions, ThoseThatMustNotBeProbed) {
  EXPECT_THAT(why_no_kprobe("get_kprobe"), ElementsAre(HasSubstr("kprobes/blacklist")));
}

// Kernels before 6.7 take the first of them.
TEST(Functions, ThoseThatThereAreSeveralOf) {
  const auto object = Object::load(spec_with("hook_kernel", "on_kprobe"));
  ASSERT_TRUE(object) << test::text_of(object.error());
  const auto link = object->programs()[0].attach(Kprobe{.function = "type_show"});
  if (link) return;
  EXPECT_THAT(why_refused(link.error()), ElementsAre(HasSubstr("functions 'type_show'")));
}

int unlink_something() {
  const std::string path = "/run/skep-unlinked";
  const Fd made(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  return ::unlink(path.c_str());
}

// lsm=lockdown,yama: the kernel attaches it without an error, and never calls it.
TEST(BootWithoutBpf, AnLsmProgramNeverRunsAndThatIsForeseen) {
  auto spec = spec_with("hook_kernel", "on_lsm");
  ASSERT_TRUE(spec.set("process", static_cast<int>(::getpid())));
  const auto foreseen = foresee(spec);
  EXPECT_THAT(foreseen, ElementsAre(AllOf(HasSubstr("'on_lsm' will never run"), HasSubstr("lsm="),
                                          HasSubstr(",bpf"))));
  const auto object = Object::load(std::move(spec));
  ASSERT_TRUE(object) << test::text_of(object.error());
  const auto session = Session::start(*object, {{.program = "on_lsm"}});
  ASSERT_TRUE(session) << test::text_of(session.error());
  EXPECT_EQ(session->notes(), foreseen);
  EXPECT_EQ(unlink_something(), 0);
  EXPECT_EQ(test::value_of<std::uint64_t>(*object, "count"), 0U);
}

TEST(Lsm, WithBpfAmongTheModulesNothingIsForeseen) {
  EXPECT_THAT(foresee(spec_with("hook_kernel", "on_lsm")), IsEmpty());
}

// lockdown=integrity
TEST(BootIntegrity, WritingToUsersIsForbidden) {
  const auto writes = Object::load(spec_with("prog_refused", "writes_user"));
  ASSERT_FALSE(writes);
  EXPECT_THAT(why_refused(writes.error()),
              Contains(AllOf(HasSubstr("(integrity)"), HasSubstr("bpf_probe_write_user()"))));
  const auto reads = Object::load(spec_with("prog_refused", "reads_kernel"));
  EXPECT_TRUE(reads) << test::text_of(reads.error());
}

// lockdown=confidentiality
TEST(BootConfidentiality, ReadingTheKernelIsForbidden) {
  const auto reads = Object::load(spec_with("prog_refused", "reads_kernel"));
  ASSERT_FALSE(reads);
  EXPECT_THAT(why_refused(reads.error()), Contains(AllOf(HasSubstr("(confidentiality)"),
                                                         HasSubstr("bpf_probe_read_kernel()"))));
}

TEST(BootConfidentiality, KprobesAndTracepointsAreForbidden) {
  const auto specs = {spec_with("hook_kernel", "on_kprobe"), spec_with("hook_count", "on_tp")};
  for (const auto& spec : specs) {
    const auto object = Object::load(spec);
    ASSERT_TRUE(object) << test::text_of(object.error());
    const auto link = object->programs()[0].attach();
    ASSERT_FALSE(link);
    EXPECT_THAT(why_refused(link.error()), Contains(HasSubstr("locked down (confidentiality)")))
        << test::text_of(link.error());
  }
}

}  // namespace
}  // namespace skep
