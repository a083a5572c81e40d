// Hooks without root: the capabilities that they take and no other, under the user and group id of
// nobody. Each test is a process of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "kernel/network.hpp"
#include "kernel/private_bpffs.hpp"
#include "skep/explain.hpp"
#include "skep/features.hpp"
#include "skep/introspect.hpp"
#include "skep/stream.hpp"

// What the uprobe hangs on: found by name in this very program.
extern "C" {
[[gnu::noinline, gnu::used, gnu::visibility("default")]] long skep_unprivileged(long argument) {
  asm volatile("" : "+r"(argument));
  return argument + 1;
}
}

namespace skep {
namespace {

using test::port, test::send_to, test::socket_of, test::text_of;
using testing::AnyOf, testing::HasSubstr;

constexpr unsigned nobody = 65534;
constexpr std::uint64_t bit(unsigned capability) { return 1ULL << capability; }
constexpr std::uint64_t all_three = bit(CAP_BPF) | bit(CAP_PERFMON) | bit(CAP_NET_ADMIN);

void set_capabilities(std::uint64_t which) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (unsigned i = 0; i < 2; ++i) {
    data[i].effective = data[i].permitted = static_cast<std::uint32_t>(which >> (32 * i));
  }
  ASSERT_EQ(::syscall(SYS_capset, &header, data), 0) << std::strerror(errno);
}

// For the rest of this process.
void become_nobody(std::uint64_t capabilities) {
  ASSERT_EQ(::prctl(PR_SET_KEEPCAPS, 1), 0);
  ASSERT_EQ(::setresgid(nobody, nobody, nobody), 0);
  ASSERT_EQ(::setresuid(nobody, nobody, nobody), 0);
  set_capabilities(capabilities);
  // As of a program that was started so: else its own /proc files are root's.
  ASSERT_EQ(::prctl(PR_SET_DUMPABLE, 1), 0);
}

using Unprivileged = test::CgroupHooks;

// Runs it in a child process that is nobody, whose failures are ours. What it needs of files that
// nobody may read (the object, the test itself) was opened before.
void as_nobody(std::uint64_t capabilities, const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    become_nobody(capabilities);
    if (!testing::Test::HasFailure()) body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "what the child says stands above";
}

ObjectSpec spec_with(std::string_view from, std::string_view program) {
  auto spec = test::spec_of(from);
  for (auto& one : spec.programs) one.autoload = one.name == program;
  if (spec.find_variable("port") != nullptr) {
    EXPECT_TRUE(spec.set("port", port));
  }
  if (spec.find_variable("call") != nullptr) {
    EXPECT_TRUE(spec.set("call", long{SYS_getppid}));
  }
  return spec;
}

// As nobody: loaded, attached, and counting as soon as `cause` was done, once or more.
void expect_fires(ObjectSpec spec, const Hook& hook, const char* counter,
                  const std::function<void()>& cause) {
  SCOPED_TRACE(describe(hook));
  if (spec.find_variable("thread") != nullptr) {
    EXPECT_TRUE(spec.set("thread", test::thread_id()));
  }
  if (spec.find_variable("process") != nullptr) {
    EXPECT_TRUE(spec.set("process", static_cast<int>(::getpid())));
  }
  const auto loaded = Object::load(std::move(spec));
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  auto link = loaded->programs()[0].attach(hook);
  ASSERT_TRUE(link) << text_of(link.error());
  EXPECT_TRUE(test::eventually([&] {
    cause();
    return test::value_of<std::uint64_t>(*loaded, counter) > 0;
  }));
  const auto detached = link->detach();
  EXPECT_TRUE(detached) << text_of(detached.error());
}

TEST_F(Unprivileged, HooksOfTracingFire) {
  struct Case {
    ObjectSpec spec;
    Hook hook;
    const char* counter;
  };
  const Case cases[] = {
      {spec_with("hook_count", "on_raw"), RawTracepoint{.name = "sys_enter"}, "raw_count"},
      {spec_with("hook_count", "on_btf"), BtfTracepoint{.name = "sys_enter"}, "btf_count"},
      {spec_with("hook_samples", "on_sample"), PerfEvent{.frequency = 999}, "count"},
  };
  as_nobody(bit(CAP_BPF) | bit(CAP_PERFMON), [&] {
    for (const auto& one : cases) {
      expect_fires(one.spec, one.hook, one.counter, [] { test::call_getppid(); });
    }
  });
}

TEST_F(Unprivileged, HooksOfTheNetworkFire) {
  const std::pair<ObjectSpec, Hook> cases[] = {
      {spec_with("hook_network", "on_xdp"), Xdp{.interface = "lo"}},
      {spec_with("hook_network", "on_tcx_ingress"), Tcx{.interface = "lo"}},
      {spec_with("hook_traffic", "on_tc"), Tc{.interface = "lo"}},
      {spec_with("hook_traffic", "on_lwt_out"),
       Route{.destination = "10.9.9.0/24", .interface = "lo"}},
      {spec_with("hook_network", "on_netfilter"), Netfilter{}},
      {spec_with("hook_network", "on_cgroup_egress"), Cgroup{.path = path}},
  };
  as_nobody(all_three, [&] {
    const Fd socket = socket_of(SOCK_DGRAM);
    sockaddr_in far{};
    far.sin_family = AF_INET;
    far.sin_port = htons(port);
    ::inet_pton(AF_INET, "10.9.9.1", &far.sin_addr);
    for (const auto& [spec, hook] : cases) {
      expect_fires(spec, hook, "count", [&] {
        send_to(socket, port);
        ::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&far), sizeof(far));
      });
    }
  });
}

// Each capability that is missing is named, by loading and by attaching.
TEST_F(Unprivileged, WhatIsMissingIsNamed) {
  const auto network = spec_with("hook_network", "on_xdp");
  const auto tracing = spec_with("hook_count", "on_raw");
  const auto lacks = [](const ObjectSpec& spec, const char* which) {
    const auto loaded = Object::load(spec);
    ASSERT_FALSE(loaded) << which;
    EXPECT_EQ(loaded.error().kind(), ErrorKind::permission);
    auto said = text_of(loaded.error());
    EXPECT_THAT(said, AnyOf(HasSubstr(fmt::format("lacks {}.", which)),
                            HasSubstr(fmt::format("{}, which this process lacks.", which))));
    for (const auto& why : why_refused(loaded.error())) said += "\n" + why;
    const std::string once = "rocess lacks";
    EXPECT_EQ(said.find(once), said.rfind(once)) << said;
  };
  as_nobody(all_three & ~bit(CAP_BPF), [&] { lacks(network, "CAP_BPF"); });
  as_nobody(all_three & ~bit(CAP_NET_ADMIN), [&] { lacks(network, "CAP_NET_ADMIN"); });
  as_nobody(all_three & ~bit(CAP_PERFMON), [&] { lacks(tracing, "CAP_PERFMON"); });
  as_nobody(0, [&] { lacks(tracing, "CAP_BPF"); });
}

TEST_F(Unprivileged, WhatAttachingMissesIsNamed) {
  const auto filter = spec_with("hook_traffic", "on_tc");
  const auto probe = spec_with("hook_count", "on_uprobe");
  const auto lacks = [](const ObjectSpec& spec, const Hook& hook, unsigned capability,
                        const char* which) {
    const auto loaded = Object::load(spec);
    ASSERT_TRUE(loaded) << text_of(loaded.error());
    set_capabilities(all_three & ~bit(capability));
    const auto link = loaded->programs()[0].attach(hook);
    ASSERT_FALSE(link) << which;
    EXPECT_EQ(link.error().kind(), ErrorKind::permission) << text_of(link.error());
    EXPECT_THAT(text_of(link.error()), HasSubstr(fmt::format("lacks {}.", which)));
  };
  as_nobody(all_three,
            [&] { lacks(filter, Tc{.interface = "lo"}, CAP_NET_ADMIN, "CAP_NET_ADMIN"); });
  as_nobody(all_three, [&] {
    lacks(probe, Uprobe{.binary = "/proc/self/exe", .symbol = "skep_unprivileged"}, CAP_PERFMON,
          "CAP_PERFMON");
  });
}

// Uprobes take more since CVE-2025-38466, in kernel 6.16 and its stable fellows.
TEST_F(Unprivileged, AUprobeFiresOrSaysWhatItNeeds) {
  const auto spec = spec_with("hook_count", "on_uprobe");
  const Uprobe uprobe{.binary = "/proc/self/exe", .symbol = "skep_unprivileged"};
  as_nobody(bit(CAP_BPF) | bit(CAP_PERFMON), [&] {
    const auto loaded = Object::load(spec);
    ASSERT_TRUE(loaded) << text_of(loaded.error());
    const auto link = loaded->programs()[0].attach(uprobe);
    if (link) return expect_fires(spec, uprobe, "uprobe_count", [] { skep_unprivileged(1); });
    EXPECT_EQ(link.error().kind(), ErrorKind::permission);
    EXPECT_THAT(text_of(link.error()), HasSubstr("take CAP_SYS_ADMIN for a uprobe"));
  });
}

// Tracepoints are named in tracefs, which only root may read as a rule.
TEST_F(Unprivileged, ATracepointSaysWhatItNeeds) {
  const auto spec = spec_with("hook_count", "on_tp");
  as_nobody(all_three, [&] {
    const auto loaded = Object::load(spec);
    ASSERT_TRUE(loaded) << text_of(loaded.error());
    const auto link = loaded->programs()[0].attach();
    if (link) return;  // somebody made it readable
    EXPECT_EQ(link.error().kind(), ErrorKind::permission) << text_of(link.error());
    EXPECT_THAT(text_of(link.error()), HasSubstr("tracefs"));
  });
}

TEST_F(Unprivileged, LookingAtOthersSaysWhatItNeeds) {
  as_nobody(all_three, [&] {
    const auto programs = list_programs();
    ASSERT_FALSE(programs);
    EXPECT_EQ(programs.error().kind(), ErrorKind::permission);
    EXPECT_THAT(text_of(programs.error()), HasSubstr("It takes CAP_SYS_ADMIN"));
    EXPECT_FALSE(list_links());
    const auto statistics = RunStatistics::enable();
    ASSERT_FALSE(statistics);
    EXPECT_THAT(text_of(statistics.error()), HasSubstr("It takes CAP_SYS_ADMIN"));
    const auto holders = find_holders();
    ASSERT_TRUE(holders) << text_of(holders.error());
    EXPECT_GT(holders->unreadable, 0U);  // process 1, for one
  });
}

// A pin opens an array of rings, and not what is in it.
TEST_F(Unprivileged, AStreamThatIsPinnedSaysWhatReadingItTakes) {
  const test::PrivateBpffs bpffs;
  ASSERT_TRUE(bpffs.is_there());
  auto spec = test::spec_of("ring_sequence_per_cpu");
  spec.find_map("events")->pin_by_name = true;
  const auto loaded = Object::load(std::move(spec), {.kernel_types = {}, .pin_root = bpffs.path()});
  ASSERT_TRUE(loaded) << text_of(loaded.error());
  as_nobody(all_three | bit(CAP_DAC_OVERRIDE), [&] {
    const auto array = Map::open(bpffs.path() / "events");
    ASSERT_TRUE(array) << text_of(array.error());
    EXPECT_TRUE(array->rings().empty());
    const auto reader = StreamReader::open(*array);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().kind(), ErrorKind::permission) << text_of(reader.error());
    EXPECT_THAT(text_of(reader.error()), HasSubstr("CAP_SYS_ADMIN"));
    EXPECT_THAT(text_of(reader.error()), HasSubstr("a ring of map 'events'"));
  });
}

TEST_F(Unprivileged, WhatWeMayNotAskIsNotDenied) {
  as_nobody(0, [&] {
    Features features;
    const auto type = features.program_type(ProgramType::xdp);
    EXPECT_EQ(type.answer, Support::Answer::unknown);
    EXPECT_THAT(type.reason, HasSubstr("It takes CAP_BPF and CAP_NET_ADMIN"));
    EXPECT_EQ(features.map_type(MapType::hash).answer, Support::Answer::unknown);
    EXPECT_EQ(features.helper(ProgramType::xdp, "bpf_redirect").answer, Support::Answer::unknown);
    EXPECT_EQ(features.kfunc(ProgramType::xdp, "bpf_task_acquire").answer,
              Support::Answer::unknown);
    EXPECT_EQ(features.link(LinkType::cgroup).answer, Support::Answer::unknown);
  });
  as_nobody(all_three, [&] {
    Features features;
    EXPECT_TRUE(features.program_type(ProgramType::xdp).is_yes());
    EXPECT_TRUE(features.helper(ProgramType::xdp, "bpf_redirect").is_yes());
    EXPECT_TRUE(features.link(LinkType::cgroup).is_yes());
  });
}

TEST_F(Unprivileged, ATestRunTakesNoMoreThanLoading) {
  const auto spec = spec_with("test_run", "on_tc");
  const std::vector<std::byte> frame(64);
  as_nobody(bit(CAP_BPF) | bit(CAP_NET_ADMIN), [&] {
    const auto loaded = Object::load(spec);
    ASSERT_TRUE(loaded) << text_of(loaded.error());
    const auto result = loaded->programs()[0].run({.data = frame});
    ASSERT_TRUE(result) << text_of(result.error());
    EXPECT_EQ(result->data.size(), 164U);
  });
}

}  // namespace
}  // namespace skep
