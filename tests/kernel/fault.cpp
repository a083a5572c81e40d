// Whatever system call fails, and whichever way: nothing stays behind. Every call of the seam is
// made to fail in turn, on the running kernel, while objects are loaded and while programs are
// attached to every hook that there is; then the descriptors, the memory, and the programs, maps
// and links by their ids are looked for.
#include <dirent.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdlib>
#include <future>
#include <set>
#include <string_view>

#include "hook/cgroup_path.hpp"
#include "kernel/faulty_syscalls.hpp"
#include "kernel/host.hpp"
#include "kernel/private_bpffs.hpp"
#include "kernel/support.hpp"
#include "skep/stream.hpp"

// What the uprobes hang on: found by name in this very program.
extern "C" {
std::size_t __sanitizer_get_current_allocated_bytes();  // of ASan, whose header g++ does not bring
[[gnu::noinline, gnu::used, gnu::visibility("default")]] long skep_faulted(long argument) {
  asm volatile("" : "+r"(argument));
  return argument + 1;
}
}

namespace skep {
namespace {

using test::FaultySyscalls;

// "3 anon_inode:bpf-map": every open descriptor and what it is of.
std::set<std::string> descriptors() {
  std::set<std::string> out;
  DIR* directory = ::opendir("/proc/self/fd");
  const std::string own = std::to_string(::dirfd(directory));
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name == own || entry->d_name[0] == '.') continue;
    char target[256] = {};
    const auto path = std::string("/proc/self/fd/") + entry->d_name;
    if (::readlink(path.c_str(), target, sizeof(target) - 1) < 0) continue;
    std::string_view what = target;
    // A log that was handed to this process may be removed by who did so.
    constexpr std::string_view removed = " (deleted)";
    if (what.ends_with(removed)) what.remove_suffix(removed.size());
    out.insert(fmt::format("{} {}", entry->d_name, what));
  }
  ::closedir(directory);
  return out;
}

// The ids that the kernel still has, all of one kind at a time: one look for many.
std::vector<FaultySyscalls::Made> still_there(const std::vector<FaultySyscalls::Made>& made) {
  std::vector<FaultySyscalls::Made> out;
  for (const auto thing : {kernel::Thing::program, kernel::Thing::map, kernel::Thing::link}) {
    const auto ids = kernel::all_ids(kernel::real_syscalls(), thing).value();
    const std::set<std::uint32_t> all(ids.begin(), ids.end());
    for (const auto& one : made) {
      if (one.thing == thing && all.contains(one.id)) out.push_back(one);
    }
  }
  return out;
}

// A way to fail: the first refusal of each makes skep take another way round.
struct Fault {
  int code;
  bool rest;
};
constexpr Fault faults[] = {
    {EMFILE, false}, {EPERM, false}, {EINVAL, false}, {EMFILE, true}, {EPERM, true}};

// What a run showed.
struct Outcome {
  std::size_t calls = 0;   // without a failure
  std::size_t failed = 0;  // runs that ended in an error
  std::size_t made = 0;    // programs, maps and links
};

// Runs `go` once for each call that it makes, and each fault, with that call failing. `go` says
// whether it succeeded, and drops what it made.
Outcome fail_each_call(FaultySyscalls& sys, const std::function<bool()>& go) {
  Outcome outcome;
  sys.restart(std::nullopt, 0, false);
  const auto made_before = sys.made.size();
  EXPECT_TRUE(go()) << "it does not even work without a failure";
  outcome.calls = sys.calls.size();
  const auto before = descriptors();
  const auto mapped = sys.mapped.size();
  for (const auto& fault : faults) {
    // Calls that only a refusal leads to are many (the kernel's types, read page by page): they
    // fail where all that follow do.
    for (std::size_t n = 0; n <= outcome.calls && !testing::Test::HasFailure(); ++n) {
      sys.restart(n, fault.code, fault.rest);
      if (!go()) ++outcome.failed;
      EXPECT_EQ(descriptors(), before) << sys.failed();
      EXPECT_EQ(sys.mapped.size(), mapped) << "memory stays mapped: " << sys.failed();
    }
  }
  outcome.made = sys.made.size() - made_before;
  return outcome;
}

// The kernel frees some time after the last descriptor was closed (RCU).
void expect_all_gone(const std::vector<FaultySyscalls::Made>& made) {
  if (test::eventually([&] { return still_there(made).empty(); })) return;
  for (const auto& one : still_there(made)) {
    const char* kind = one.thing == kernel::Thing::program ? "program"
                       : one.thing == kernel::Thing::map   ? "map"
                                                           : "link";
    ADD_FAILURE() << kind << " " << one.id << " was left behind; failed was " << one.when;
  }
}

class FaultyLoad : public testing::TestWithParam<const char*> {};

// The kernel's types are read anew each time for one of the objects, as that takes its time.
std::optional<Btf> types_for(std::string_view object) {
  if (object == "hook_count") return std::nullopt;
  static const Btf types = kernel::read_kernel_types(kernel::real_syscalls()).value();
  return types;
}

TEST_P(FaultyLoad, LeavesNothingBehind) {
  const ObjectSpec spec = test::spec_of(GetParam());
  const auto types = types_for(GetParam());
  FaultySyscalls sys;
  const auto outcome = fail_each_call(sys, [&] {
    return Object::load(spec, {.kernel_types = types, .syscalls = &sys}).has_value();
  });
  EXPECT_GT(outcome.failed, 3U) << "nothing that cannot be done without?";
  EXPECT_GT(outcome.made, outcome.calls) << "how far did it come?";
  expect_all_gone(sys.made);
}

// Data sections and a ring, and one for each CPU; every kind of hook; maps of maps; tail calls;
// CO-RE; many maps; a program with line info of several functions; struct_ops maps; an arena.
INSTANTIATE_TEST_SUITE_P(Objects, FaultyLoad,
                         testing::Values("ring_sequence", "ring_sequence_per_cpu", "hook_count",
                                         "map_nested", "map_programs", "link_core", "data_sections",
                                         "sub_global", "map_types", "ops_link", "arena_globals"),
                         [](const auto& object) { return std::string(object.param); });

// Pins as well: those that the failed load made.
TEST(FaultyPins, LeaveNothingBehind) {
  const test::PrivateBpffs bpffs;
  ASSERT_TRUE(bpffs.is_there());
  auto spec = test::spec_of("map_pinned");
  spec.find_map("pinned_array")->pin_path = bpffs.path() / "own" / "array";
  FaultySyscalls sys;
  const auto outcome = fail_each_call(sys, [&] {
    const bool loaded =
        Object::load(spec, {.kernel_types = {}, .pin_root = bpffs.path(), .syscalls = &sys})
            .has_value();
    const auto left = bpffs.names();
    EXPECT_EQ(left.empty(), !loaded) << sys.failed() << " left " << *left.rbegin();
    std::filesystem::remove_all(bpffs.path() / "own");
    std::filesystem::remove(bpffs.path() / "pinned_hash");
    return loaded;
  });
  EXPECT_GT(outcome.failed, 3U);
  expect_all_gone(sys.made);
}

std::string self() {
  char path[4096];
  const auto length = ::readlink("/proc/self/exe", path, sizeof(path));
  return {path, static_cast<std::size_t>(length)};
}

struct Attachment {
  const char* object;
  const char* program;
  Hook hook;
  bool works = true;  // on this kernel; where it does not, nothing must stay either
};

// What hooks hang on: a socket, a map; filled in by the tests.
struct Things {
  Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  int sockets = -1;  // a sockmap
  // Of our own: a program that shares the root's hook with nobody would be in everybody's way.
  std::string cgroup = fmt::format("{}/skep-fault-{}",
                                   hook::cgroup_root(kernel::real_syscalls()).value(), ::getpid());

  Things() { ::mkdir(cgroup.c_str(), 0755); }
  Things(const Things&) = delete;
  Things& operator=(const Things&) = delete;
  ~Things() { ::rmdir(cgroup.c_str()); }
};

// Every alternative of Hook, at least once: the test below holds this list to it.
std::vector<Attachment> attachments(const Things& things) {
  constexpr const char *count = "hook_count", *kernel = "hook_kernel", *net = "hook_network",
                       *samples = "hook_samples", *user = "hook_uprobes", *usdt = "hook_usdt",
                       *traffic = "hook_traffic";
  constexpr bool refused = false;
  return {
      {count, "on_tp", Tracepoint{.category = "syscalls", .name = "sys_enter_getppid"}},
      {count, "on_tp",
       Tracepoint{.category = "syscalls", .name = "sys_enter_getppid", .cookie = 7}},
      {count, "on_raw", RawTracepoint{.name = "sys_enter"}},
      {count, "on_btf", BtfTracepoint{.name = "sys_enter"}},
      {count, "on_btf", Trampoline{.kind = "tp_btf", .cookie = 7}},
      {count, "on_uprobe", Uprobe{.binary = self(), .symbol = "skep_faulted"}},
      {count, "on_uretprobe",
       Uprobe{.binary = self(), .symbol = "skep_faulted", .at_return = true}},
      {user, "on_multi",
       UprobeMulti{.binary = self(), .places = {{.symbol = "skep_faulted", .cookie = 7}}}},
      {user, "on_single",
       UprobeMulti{.binary = self(), .places = {{.symbol = "skep_faulted"}, {.symbol = "main"}}}},
      {usdt, "on_usdt", Usdt{.binary = SKEP_TEST_PROBES, .provider = "skep", .name = "places"}},
      {kernel, "on_kprobe", Kprobe{.function = "do_unlinkat"}, refused},
      {kernel, "on_ksyscall", Ksyscall{.name = "unlinkat"}, refused},
      {kernel, "on_multi", KprobeMulti{.functions = {"do_unlinkat"}}, refused},
      {samples, "on_sample", PerfEvent{.frequency = 99}},
      {samples, "on_task", Iterator{.target = "task", .pid = 1}},
      {net, "on_xdp", Xdp{.interface = "lo"}},
      {net, "on_tcx_ingress", Tcx{.interface = "lo"}},
      {net, "on_tcx_ingress", Netkit{.interface = "lo"}, refused},
      {traffic, "on_tc", Tc{.interface = "lo"}},
      {traffic, "on_lwt_out", Route{.destination = "10.9.9.0/24", .interface = "lo"}},
      {traffic, "on_lwt_out", Route{.destination = "fd09::/64", .interface = "lo"}},
      {traffic, "on_parser", SockMap{.map = things.sockets}},
      {net, "on_xdp", Lirc{}, refused},  // this kernel does not even load what fits
      {net, "on_connect", Cgroup{}},
      {net, "on_connect", Cgroup{.path = things.cgroup, .sharing = Cgroup::Sharing::overridable}},
      {net, "on_lookup", NetworkNamespace{}},
      {net, "on_message", SockMap{.map = things.sockets}},
      {net, "on_socket", Socket{.fd = things.socket.get()}},
      {net, "on_netfilter", Netfilter{.hook = Netfilter::Hook::forward, .priority = 1000}},
  };
}

TEST(FaultyAttach, CoversEveryHook) {
  std::set<std::size_t> covered;
  const Things things;
  for (const auto& attachment : attachments(things)) covered.insert(attachment.hook.index());
  covered.insert(Hook(StructOps()).index());  // OfAStructOpsMap…, below
  covered.insert(Hook(Freplace()).index());   // not loaded by this kernel: tests/vm
  EXPECT_EQ(covered.size(), std::variant_size_v<Hook>) << "a hook is missing in attachments";
}

// A struct_ops map is registered as a whole, by writing it or by a link.
TEST(FaultyAttach, OfAStructOpsMapLeavesNothingBehind) {
  for (const auto* name : {"ops_plain", "ops_link"}) {
    SCOPED_TRACE(name);
    FaultySyscalls sys;
    {
      auto spec = test::spec_of(name);
      auto& ops = *std::ranges::find(spec.maps, MapType::struct_ops, &MapSpec::type);
      const auto own_name = fmt::format("skf{}", ::getpid());
      std::ranges::copy(std::as_bytes(std::span(own_name.c_str(), own_name.size() + 1)),
                        ops.contents.begin());
      const auto object = Object::load(spec, {.kernel_types = {}, .syscalls = &sys});
      ASSERT_TRUE(object) << test::text_of(object.error());
      const Map& map = **object->map(ops.name);
      const auto outcome = fail_each_call(sys, [&] { return map.attach().has_value(); });
      EXPECT_GT(outcome.failed, 0U);
    }
    expect_all_gone(sys.made);
  }
}

// What makes no bpf_link: by setsockopt(2), by netlink, by BPF_PROG_ATTACH.
bool makes_no_link(const Hook& hook) {
  const auto* cgroup = std::get_if<Cgroup>(&hook);
  if (cgroup != nullptr) return cgroup->sharing != Cgroup::Sharing::multi;
  return std::holds_alternative<Socket>(hook) || std::holds_alternative<Tc>(hook) ||
         std::holds_alternative<Route>(hook);
}

void bring_lo_up(const Fd& socket) {
  ifreq up{};
  std::strcpy(up.ifr_name, "lo");
  up.ifr_flags = IFF_UP;
  ASSERT_EQ(::ioctl(socket.get(), SIOCSIFFLAGS, &up), 0);
}

// In a network namespace of its own, where nobody is in the way of what is attached to lo.
TEST(FaultyAttach, LeavesNothingBehind) {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  Things things;
  bring_lo_up(things.socket);
  const std::size_t count = attachments(things).size();
  for (std::size_t i = 0; i < count; ++i) {
    FaultySyscalls sys;
    {
      auto spec = test::spec_of(attachments(things)[i].object);
      for (auto& one : spec.programs) one.autoload = one.name == attachments(things)[i].program;
      const auto types = types_for("any");
      const auto object = Object::load(spec, {.kernel_types = types, .syscalls = &sys});
      ASSERT_TRUE(object) << test::text_of(object.error());
      if (const auto map = object->map("sockets")) things.sockets = (*map)->fd();
      const auto [from, name, hook, works] = attachments(things)[i];
      SCOPED_TRACE(describe(hook));
      const auto go = [&] { return object->programs()[0].attach(hook).has_value() || !works; };
      const auto outcome = fail_each_call(sys, go);
      EXPECT_EQ(outcome.failed > 0, works);
      EXPECT_EQ(outcome.made > 0, works && !makes_no_link(hook));
    }
    expect_all_gone(sys.made);
  }
}

bool is_uprobe(const Hook& hook) {
  return std::holds_alternative<Uprobe>(hook) || std::holds_alternative<UprobeMulti>(hook) ||
         std::holds_alternative<Usdt>(hook);
}

// How often each program is attached and detached: more in `make test-long`. The kernel takes
// uprobes off one after the other, a tenth of a second each: of them at most a thousand.
std::size_t cycles_of(const Hook& hook) {
  const char* text = std::getenv("SKEP_CYCLES");
  const std::size_t wanted = text != nullptr ? std::strtoul(text, nullptr, 10) : 100;
  return is_uprobe(hook) ? std::min<std::size_t>(wanted, 1000) : wanted;
}

// Bytes that this program holds.
std::size_t allocated() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

// Attaches and detaches so often; the ids of the links, but for those that are none.
std::vector<std::uint32_t> attach_and_detach(const Program& program, const Hook& hook,
                                             std::size_t times) {
  std::vector<std::uint32_t> ids;
  for (std::size_t i = 0; i < times; ++i) {
    auto link = program.attach(hook);
    EXPECT_TRUE(link) << test::text_of(link.error());
    if (!link) break;
    if (link->is_bpf_link()) {
      ids.push_back(kernel::link_info(kernel::real_syscalls(), link->fd())->id);
    }
    const auto detached = link->detach();
    EXPECT_TRUE(detached) << test::text_of(detached.error());
  }
  return ids;
}

// Taking a tracepoint or a uprobe off takes the kernel a tenth of a second: many programs at once.
std::size_t programs_at_once(const Hook& hook) {
  constexpr std::size_t many = 25;
  return std::holds_alternative<Tracepoint>(hook) || is_uprobe(hook) ? many : 1;
}

void expect_cycles_leave_nothing(const std::vector<Object>& objects, const Hook& hook) {
  constexpr std::size_t growth = 64 << 10;  // bytes: what a few lists of the library may keep
  attach_and_detach(objects[0].programs()[0], hook, 1);  // whatever is made once
  const auto open_before = descriptors();
  const auto held_before = allocated();
  std::vector<FaultySyscalls::Made> made;
  {
    std::vector<std::future<std::vector<std::uint32_t>>> results;
    for (const auto& object : objects) {
      results.push_back(std::async(std::launch::async, attach_and_detach,
                                   std::cref(object.programs()[0]), std::cref(hook),
                                   cycles_of(hook) / objects.size()));
    }
    for (auto& result : results) {
      for (const auto id : result.get()) made.push_back({kernel::Thing::link, id, "none"});
    }
  }
  const std::size_t noted = made.capacity() * sizeof(made[0]);
  EXPECT_EQ(descriptors(), open_before);
  EXPECT_LT(allocated(), held_before + noted + growth);
  expect_all_gone(made);
}

void note(const Object& object, std::vector<FaultySyscalls::Made>& made) {
  for (const Program& program : object.programs()) {
    made.push_back({kernel::Thing::program, program.id().value(), "none"});
  }
  for (const Map& map : object.maps()) {
    if (map.fd() >= 0) made.push_back({kernel::Thing::map, map.id().value(), "none"});
  }
}

TEST(Cycles, OfAttachingLeaveNothingBehind) {
  ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
  Things things;
  bring_lo_up(things.socket);
  std::set<std::size_t> kinds;  // those that take long are tried once
  const std::size_t count = attachments(things).size();
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<FaultySyscalls::Made> made;
    {
      const auto row = attachments(things)[i];
      const bool is_new = kinds.insert(row.hook.index()).second;
      if (!row.works || (!is_new && programs_at_once(row.hook) > 1)) continue;
      SCOPED_TRACE(describe(row.hook));
      auto spec = test::spec_of(row.object);
      for (auto& one : spec.programs) one.autoload = one.name == row.program;
      std::vector<Object> objects;
      while (objects.size() < programs_at_once(row.hook)) {
        auto object = Object::load(spec, {.kernel_types = types_for("any")});
        ASSERT_TRUE(object) << test::text_of(object.error());
        note(*object, made);
        objects.push_back(*std::move(object));
      }
      if (const auto map = objects[0].map("sockets")) things.sockets = (*map)->fd();
      expect_cycles_leave_nothing(objects, attachments(things)[i].hook);
    }
    expect_all_gone(made);
  }
}

TEST(FaultyAttach, OfAWholeObjectLeavesNothingBehind) {
  auto spec = test::spec_of("hook_count");
  spec.find_program("on_uprobe")->autoload = false;
  spec.find_program("on_uretprobe")->autoload = false;
  FaultySyscalls sys;
  {
    const auto object = Object::load(spec, {.kernel_types = {}, .syscalls = &sys});
    ASSERT_TRUE(object) << test::text_of(object.error());
    const auto outcome = fail_each_call(sys, [&] { return object->attach().has_value(); });
    EXPECT_GT(outcome.failed, 3U);
  }
  expect_all_gone(sys.made);
}

TEST(FaultyRing, LeavesNothingBehind) {
  for (const char* name : {"ring_sequence", "ring_sequence_per_cpu"}) {
    FaultySyscalls sys;
    {
      const auto object = Object::load(test::spec_of(name), {.kernel_types = {}, .syscalls = &sys});
      ASSERT_TRUE(object) << test::text_of(object.error());
      // With the ledger, and with what tells whether it sleeps.
      const auto outcome =
          fail_each_call(sys, [&] { return StreamReader::open(*object, "events").has_value(); });
      EXPECT_GT(outcome.failed, 3U);
    }
    expect_all_gone(sys.made);
  }
}

}  // namespace
}  // namespace skep
