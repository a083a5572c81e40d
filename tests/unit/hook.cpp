// What SEC("…") names, and what is said when it names nothing: no kernel, no privileges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/nearest.hpp"
#include "hook/binary.hpp"
#include "hook/section.hpp"
#include "kernel/link_attributes.hpp"
#include "skep/object.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ProgramSpec program(ProgramType type, std::string section, std::string attach_to,
                    std::uint32_t attach_type = 0) {
  return {.name = "p",
          .section = std::move(section),
          .type = type,
          .attach_type = attach_type,
          .attach_to = std::move(attach_to)};
}

std::string described(const ProgramSpec& spec) {
  const auto hook = hook::hook_of(spec);
  return hook ? describe(*hook) : "error: " + hook.error().message();
}

TEST(HookOf, ReadsTheSection) {
  EXPECT_EQ(
      described(program(ProgramType::tracepoint, "tp/sched/sched_switch", "sched/sched_switch")),
      "tracepoint sched/sched_switch");
  EXPECT_EQ(described(program(ProgramType::raw_tracepoint, "raw_tp/sys_enter", "sys_enter")),
            "raw tracepoint sys_enter");
  EXPECT_EQ(described(program(ProgramType::tracing, "tp_btf/sys_enter", "sys_enter", 23)),
            "BTF tracepoint sys_enter");
  EXPECT_EQ(
      described(program(ProgramType::kprobe, "?uprobe//bin/bash:readline", "/bin/bash:readline")),
      "uprobe /bin/bash:readline");
  EXPECT_EQ(described(program(ProgramType::kprobe, "uretprobe.s/libc.so.6:malloc+16",
                              "libc.so.6:malloc+16")),
            "uretprobe libc.so.6:malloc+0x10");
  EXPECT_EQ(described(program(ProgramType::kprobe, "uprobe.multi/libc:mem*", "libc:mem*", 48)),
            "uprobe.multi libc:mem*");
  EXPECT_EQ(described(program(ProgramType::kprobe, "uretprobe.multi.s//b:f", "/b:f", 48)),
            "uretprobe.multi /b:f");
  EXPECT_EQ(described(program(ProgramType::kprobe, "uprobe.session//b:f+4", "/b:f+4", 57)),
            "uprobe.session /b:f+0x4");
  EXPECT_EQ(described(program(ProgramType::kprobe, "usdt.s//b:libc:setjmp", "/b:libc:setjmp")),
            "USDT /b:libc:setjmp");
  EXPECT_EQ(described(program(ProgramType::kprobe, "kprobe/f+0x10", "f+0x10")), "kprobe f+0x10");
  EXPECT_EQ(described(program(ProgramType::kprobe, "kretprobe/f", "f")), "kretprobe f");
  EXPECT_EQ(described(program(ProgramType::kprobe, "kretsyscall/openat", "openat")),
            "kretsyscall openat");
  EXPECT_EQ(described(program(ProgramType::kprobe, "kretprobe.multi/f*", "f*")),
            "kretprobe.multi f*");
  EXPECT_EQ(described(program(ProgramType::kprobe, "kprobe.session/f", "f")), "kprobe.session f");
  EXPECT_EQ(described(program(ProgramType::tracing, "fexit.s/f", "f", 25)), "fexit.s f");
  EXPECT_EQ(described(program(ProgramType::tracing, "iter/task", "task", 28)), "iterator task");
  EXPECT_EQ(described(program(ProgramType::lsm, "lsm/file_open", "file_open", 27)),
            "lsm file_open");
  EXPECT_EQ(described(program(ProgramType::lsm, "lsm_cgroup/file_open", "file_open", 43)),
            "cgroup root");
  EXPECT_EQ(described(program(ProgramType::cgroup_skb, "cgroup_skb/egress", "", 1)), "cgroup root");
  EXPECT_EQ(described(program(ProgramType::sk_lookup, "sk_lookup", "", 36)),
            "network namespace of this process");
}

TEST(HookOf, TakesTheDefaultsWhereTheSectionSaysNothing) {
  const AttachDefaults defaults{.interface = "eth0", .cgroup = "/c", .frequency = 99, .pid = 7};
  const auto text = [&](ProgramType type, std::string_view section, std::uint32_t attach_type) {
    const auto hook = hook::hook_of(program(type, std::string(section), "", attach_type), defaults);
    return hook ? describe(*hook) : "error: " + hook.error().message();
  };
  EXPECT_EQ(text(ProgramType::xdp, "xdp", 37), "xdp eth0");
  EXPECT_EQ(text(ProgramType::sched_cls, "tc", 0), "tcx eth0 ingress");
  EXPECT_EQ(text(ProgramType::sched_cls, "tcx/egress", 47), "tcx eth0 egress");
  EXPECT_EQ(text(ProgramType::sched_cls, "netkit/peer", 55), "netkit eth0 peer");
  EXPECT_THAT(text(ProgramType::xdp, "xdp/devmap", 33), HasSubstr("put into a map"));
  EXPECT_EQ(text(ProgramType::sock_ops, "sockops", 3), "cgroup /c");
  const auto of_process = [&](std::string section, std::string to) {
    return describe(
        *hook::hook_of(program(ProgramType::kprobe, std::move(section), std::move(to)), defaults));
  };
  EXPECT_EQ(of_process("uprobe//b:f", "/b:f"), "uprobe /b:f of process 7");
  EXPECT_EQ(of_process("uprobe.multi//b:f*", "/b:f*"), "uprobe.multi /b:f* of process 7");
  EXPECT_EQ(of_process("usdt//b:p:n", "/b:p:n"), "USDT /b:p:n of process 7");
  EXPECT_EQ(of_process("kprobe/f", "f"), "kprobe f") << "the kernel's functions have no process";
  EXPECT_EQ(text(ProgramType::perf_event, "perf_event", 0),
            "perf event cpu-clock, 99 Hz, process 7");
  EXPECT_EQ(describe(PerfEvent{
                .event = PerfEvent::Event::breakpoint, .period = 1, .cpu = 2, .address = 0x40}),
            "perf event breakpoint 0x40, every 1, CPU 2");
}

TEST(HookOf, SaysWhatIsMissing) {
  EXPECT_THAT(described(program(ProgramType::tracepoint, "tp", "")),
              HasSubstr("SEC(\"tp\") names no tracepoint"));
  EXPECT_THAT(described(program(ProgramType::tracepoint, "tp/sched", "sched")),
              HasSubstr("category and a name"));
  EXPECT_THAT(described(program(ProgramType::raw_tracepoint, "raw_tp", "")),
              HasSubstr("names no tracepoint"));
  EXPECT_THAT(described(program(ProgramType::kprobe, "uprobe", "")),
              HasSubstr("names no function"));
  EXPECT_THAT(described(program(ProgramType::kprobe, "uprobe.multi", "")),
              HasSubstr("SEC(\"uprobe.multi//bin/bash:readline\")"));
  for (const char* text : {"", "/b", "/b:p", "/b:p:", "/b::n", ":p:n", "/b:p:n:x"}) {
    EXPECT_THAT(described(program(ProgramType::kprobe, fmt::format("usdt/{}", text), text)),
                HasSubstr("it takes a binary, a provider and a name"))
        << text;
  }
  EXPECT_THAT(described(program(ProgramType::kprobe, "kprobe", "")), HasSubstr("no function"));
  EXPECT_THAT(described(program(ProgramType::kprobe, "ksyscall", "")),
              HasSubstr("no system call, as in SEC(\"ksyscall/openat\")"));
  EXPECT_THAT(described(program(ProgramType::kprobe, "kprobe/f+x", "f+x")),
              HasSubstr("'x' is no offset"));
  EXPECT_EQ(hook::hook_of(program(ProgramType::syscall, "syscall", "")).error().kind(),
            ErrorKind::unsupported);
  EXPECT_THAT(described(program(ProgramType::sk_skb, "sk_skb/verdict", "", 38)),
              HasSubstr("does not say which map of sockets"));
  EXPECT_THAT(described(program(ProgramType::lwt_in, "lwt_in", "")),
              HasSubstr("does not say which route"));
  const auto hook = hook::hook_of(program(ProgramType::xdp, "xdp", ""));
  ASSERT_FALSE(hook);
  EXPECT_EQ(hook.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(hook.error().hints(), ElementsAre("Say it with --iface eth0."));
}

// No kernel of ours has an infrared receiver: what is asked for, and what is said to a refusal.
TEST(Lirc, IsAttachedToTheDevice) {
  test::FakeSyscalls sys;
  sys.files["/dev/lirc0"] = "";
  const Program on_lirc(sys, Fd(::eventfd(0, EFD_CLOEXEC)),
                        program(ProgramType::lirc_mode2, "lirc_mode2", "", 16));
  {
    const auto link = on_lirc.attach();
    ASSERT_TRUE(link) << link.error().message();
    EXPECT_FALSE(link->is_bpf_link());
    const auto asked = sys.of(kernel::Command::program_attach);
    ASSERT_EQ(asked.size(), 1U);
    const auto attributes = asked[0].as<kernel::AttachAttributes>();
    EXPECT_EQ(attributes.program_fd, static_cast<std::uint32_t>(on_lirc.fd()));
    EXPECT_EQ(attributes.target_fd, static_cast<std::uint32_t>(link->fd()));
    EXPECT_EQ(attributes.attach_type, 16U);
    EXPECT_EQ(attributes.flags, 0U);
    EXPECT_TRUE(sys.of(kernel::Command::program_detach).empty());
  }
  const auto undone = sys.of(kernel::Command::program_detach);
  ASSERT_EQ(undone.size(), 1U);
  EXPECT_EQ(undone[0].as<kernel::AttachAttributes>().attach_type, 16U);

  sys.results[kernel::Command::program_attach] = {-EINVAL};
  const auto refused = on_lirc.attach();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().hints(),
              ElementsAre(HasSubstr("/dev/lirc0 must be the device of an infrared receiver")));
  const auto missing = on_lirc.attach(Lirc{.device = "/dev/lirc7"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(missing.error().hints(), ElementsAre(HasSubstr("/dev/lirc0, /dev/lirc1")));
}

TEST(Uprobe, IsParsed) {
  const auto offset = hook::parse_uprobe("/bin/bash:0x1f0");
  ASSERT_TRUE(offset);
  EXPECT_EQ(offset->symbol, "");
  EXPECT_EQ(offset->offset, 0x1f0U);
  const auto symbol = hook::parse_uprobe("/bin/a+b:f+12");
  ASSERT_TRUE(symbol);
  EXPECT_EQ(symbol->binary, "/bin/a+b");
  EXPECT_EQ(symbol->symbol, "f");
  EXPECT_EQ(symbol->offset, 12U);
  EXPECT_EQ(hook::parse_uprobe("/b:net::send(int)")->symbol, "net::send(int)");
  EXPECT_EQ(hook::parse_uprobe("/b:S::operator+")->symbol, "S::operator+");
  EXPECT_EQ(hook::parse_uprobe("/b:S::operator+=(S const&)")->symbol, "S::operator+=(S const&)");
  EXPECT_EQ(hook::parse_uprobe("/b:S::operator++4")->offset, 4U);
  for (const char* text : {"", ":", "/bin/bash", "/bin/bash:", ":f", "/b:f+", "/b:f+x", "/b:+1",
                           "/b:f+0x", "/b:f+99999999999999999999"}) {
    EXPECT_FALSE(hook::parse_uprobe(text)) << text;
  }
}

TEST(Uprobe, DescribesItsProcess) {
  EXPECT_EQ(describe(Uprobe{.binary = "/b", .offset = 16, .pid = 7}),
            "uprobe /b:0x10 of process 7");
}

TEST(Binary, IsFoundByName) {
  EXPECT_EQ(hook::find_binary("./x/y")->native(), "./x/y");
  EXPECT_EQ(hook::find_binary("sh")->filename(), "sh");
  const auto libc = hook::find_binary("libc.so.6");
  ASSERT_TRUE(libc) << libc.error().message();
  EXPECT_TRUE(libc->is_absolute());
  EXPECT_EQ(hook::find_binary("libc").value(), *libc);
  EXPECT_EQ(hook::find_binary("c").value(), *libc);
  EXPECT_EQ(hook::find_binary("libc.so.6", ::getpid())->filename(), "libc.so.6");
  EXPECT_EQ(hook::find_binary("/bin/sh", ::getpid())->native(), "/bin/sh") << "the same root";
  EXPECT_EQ(hook::find_binary("").error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(hook::find_binary("/bin/sh", 0x7ffffffe).error().message(),
              HasSubstr("process 2147483646"));
  EXPECT_THAT(hook::find_binary("libno-such.so.1").error().message(), HasSubstr("ld.so.cache"));
  const auto none = hook::find_binary("no-such-program");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(none.error().message(), HasSubstr("/usr/bin"));
}

TEST(Nearest, PutsTheLikelyFirst) {
  EXPECT_THAT(
      nearest_names("sched_proces_exec", {"x", "sched_process_exit", "sched_process_exec", "y"}, 2),
      ElementsAre("sched_process_exec", "sched_process_exit"));
  EXPECT_THAT(nearest_names("exec", {"exit", "sched_process_exec"}, 1),
              ElementsAre("sched_process_exec"))
      << "what contains the word comes first";
  EXPECT_TRUE(nearest_names("a", {}, 3).empty());
}

// Attaching, before a kernel that does as it is told.
class Attach : public testing::Test {
 protected:
  Result<Link> attach() {
    const Program loaded(sys, Fd(::eventfd(0, EFD_CLOEXEC)),
                         program(ProgramType::tracepoint, "tp/a/b", "a/b"));
    return loaded.attach(Tracepoint{.category = "a", .name = "b", .cookie = cookie});
  }
  void SetUp() override {
    sys.files = {{"/sys/kernel/tracing", ""}, {"events", ""}, {"events/a/b/id", "77\n"}};
  }
  test::FakeSyscalls sys;
  std::uint64_t cookie = 0;
};

TEST_F(Attach, ABpfLinkHoldsItsEventByItself) {
  const auto before = test::open_descriptors();
  const auto link = attach();
  ASSERT_TRUE(link);
  EXPECT_TRUE(link->is_bpf_link());
  EXPECT_EQ(test::open_descriptors(), before + 1);
}

TEST_F(Attach, AnOldKernelIsAskedByIoctl) {
  sys.results[kernel::Command::link_create] = {-EINVAL};
  const auto link = attach();
  ASSERT_TRUE(link);
  EXPECT_FALSE(link->is_bpf_link());
  EXPECT_GE(link->fd(), 3);
}

TEST_F(Attach, AnOldKernelHasNoCookies) {
  cookie = 5;
  sys.results[kernel::Command::link_create] = {-EINVAL};
  EXPECT_EQ(attach().error().kind(), ErrorKind::unsupported);
}

// What each kernel says to the links that ask whether it has multi-uprobes.
class MultiUprobes : public testing::Test {
 protected:
  Result<Link> attach(std::uint32_t attach_type) {
    const Program loaded(sys, Fd(::eventfd(0, EFD_CLOEXEC)),
                         program(ProgramType::kprobe, "uprobe.multi//b:f", "/b:f", attach_type));
    return loaded.attach(UprobeMulti{.binary = "/bin/sh",
                                     .places = {{.offset = 64}, {.offset = 128, .cookie = 7}},
                                     .session = attach_type == 57});
  }
  void SetUp() override {
    sys.files = {{"/sys/bus/event_source/devices/uprobe/type", "8\n"}};
    answers = {-EBADF, -EINVAL};
    sys.on_bpf = [this](kernel::Command command, void* given) -> std::optional<long> {
      if (command != kernel::Command::link_create) return std::nullopt;
      const auto& asked = *static_cast<const kernel::UprobeMultiLinkAttributes*>(given);
      const bool is_perf = asked.attach_type == 41;
      if (is_perf || answers.empty()) return std::nullopt;
      const long answer = answers.front();
      answers.pop_front();
      return answer;
    };
  }
  test::FakeSyscalls sys;
  std::deque<long> answers;
};

TEST_F(MultiUprobes, AreOneLinkWhereTheKernelHasThem) {
  const auto link = attach(48);
  ASSERT_TRUE(link) << link.error().message();
  EXPECT_EQ(describe(link->hook()), "uprobe.multi /bin/sh:0x40 and 0x80");
  const auto calls = sys.of(kernel::Command::link_create);
  ASSERT_EQ(calls.size(), 3U) << "two questions and the link";
  const auto asked = calls[2].as<kernel::UprobeMultiLinkAttributes>();
  EXPECT_EQ(asked.attach_type, 48U);
  EXPECT_EQ(asked.count, 2U);
  EXPECT_NE(asked.cookies, 0U);
  EXPECT_EQ(asked.semaphores, 0U);
}

TEST_F(MultiUprobes, AreSingleOnesOnOtherKernels) {
  for (const auto& said : {std::deque<long>{-EINVAL},            // before 6.6
                           std::deque<long>{-EBADF, -ESRCH}}) {  // filters by thread
    answers = said;
    sys.bpf_calls.clear();
    const auto link = attach(48);
    ASSERT_TRUE(link) << link.error().message();
    EXPECT_EQ(describe(link->hook()), "uprobe.multi /bin/sh:0x40 and 0x80, one by one");
    EXPECT_EQ(sys.of(kernel::Command::link_create).size(), said.size() + 2);
  }
}

TEST_F(MultiUprobes, ASessionIsOneLinkOrNone) {
  answers = {-EINVAL};
  const auto link = attach(57);
  ASSERT_FALSE(link);
  EXPECT_THAT(link.error().hints().front(), HasSubstr("kernel 6.13"));
}

TEST_F(Attach, LeavesNothingBehindWhicheverCallFails) {
  const auto before = test::open_descriptors();
  for (std::size_t n = 0;; ++n) {
    sys.calls.clear();
    sys.fail_call = n;
    const bool attached = attach().has_value();
    EXPECT_EQ(test::open_descriptors(), before) << "call " << n;
    // The first two only look whether tracefs is mounted, and there is another way.
    EXPECT_EQ(attached, n < 2 || n >= sys.calls.size()) << "call " << n;
    if (n >= sys.calls.size()) break;
  }
}

TEST_F(Attach, ATracepointThatIsNotThereIsNotFound) {
  sys.files.erase("events/a/b/id");
  const auto link = attach();
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(link.error().message(), HasSubstr("attach program 'p' to tracepoint a/b"));
}

}  // namespace
}  // namespace skep
