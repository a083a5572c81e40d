// skep/hook.hpp: hooks as plain data: where a program attaches.
//
// One options struct per hook. What SEC says is the default; a field that is set overrides it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace skep {

// A tracepoint of the kernel: "sched", "sched_process_exec". Fires through perf; kernel 4.7.
struct Tracepoint {
  std::string category;
  std::string name;
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); kernel 5.15
};

// The same tracepoints, raw: no record is built, the program reads the arguments. Kernel 4.17.
struct RawTracepoint {
  std::string name;
};

// A raw tracepoint with typed arguments (SEC("tp_btf/…")). Which one was decided at load: the name
// is for messages only. Kernel 5.5.
struct BtfTracepoint {
  std::string name;
};

// A function of the kernel (or of a module), at its entry or its return. Kernel 4.17.
struct Kprobe {
  std::string function;
  std::uint64_t offset = 0;  // bytes from its start: an instruction; not with at_return
  bool at_return = false;
  std::uint64_t cookie = 0;  // kernel 5.15
};

// Many functions of the kernel at once, much faster to attach than one by one. Kernel 5.18.
struct KprobeMulti {
  // Names, or patterns with * and ?: "tcp_*". What a pattern matches is taken from the functions
  // that the kernel can trace (available_filter_functions of tracefs).
  std::vector<std::string> functions;
  bool at_return = false;
  bool session = false;  // SEC("kprobe.session"): at entry and return. Kernel 6.10
};

// A system call, by the name that it has for users ("openat"): a kprobe on the function that this
// kernel has for it on this architecture.
struct Ksyscall {
  std::string name;
  bool at_return = false;
  std::uint64_t cookie = 0;
};

// fentry, fexit, fmod_ret, fsession, lsm: which function was decided at load; what is here is for
// messages. Kernel 5.5 (x86-64; lsm 5.7), cookie 6.0.
struct Trampoline {
  std::string kind;      // "fentry"
  std::string function;  // "do_unlinkat"
  std::uint64_t cookie = 0;
};

// A function of another loaded program, which runs instead of it: which one was decided at load
// (LoadOptions::targets); what is here is for messages. Kernel 5.6.
struct Freplace {
  std::string function;
};

// A function of a user binary. `symbol` or `offset` (bytes from the start of the file, or from the
// symbol when there is one). Kernel 4.17.
struct Uprobe {
  // A path, or a name without a slash: a library, with its version or without ("libc.so.6",
  // "libssl", "c"), is looked for where the dynamic linker looks, a program in $PATH. With `pid`,
  // the file that process has under that name: a container's own copy.
  std::string binary;
  // A name of the symbol table, with a version if need be ("f@V1", "f@@V2"); a name of C++, with or
  // without its parameters; or a pattern with * ? []: all functions that match. Of an IFUNC it is
  // the function that is picked on this machine, where that can be told (libc).
  std::string symbol;
  std::uint64_t offset = 0;
  bool at_return = false;
  int pid = -1;              // -1: every process
  std::uint64_t cookie = 0;  // kernel 5.15
  // Where in the file a counter of 16 bits stands (a USDT semaphore) that the kernel raises in
  // every process that is probed; 0: none. Kernel 4.20
  std::uint64_t semaphore = 0;
};

// Where in a binary, as in Uprobe: a pattern stands for several places.
struct UprobePlace {
  std::string symbol;
  std::uint64_t offset = 0;
  std::uint64_t cookie = 0;
  std::uint64_t semaphore = 0;
};

// Many places of a user binary at once, much faster to attach than one by one. Kernel 6.6. On older
// ones, and for programs that were not loaded for it (SEC("uprobe")): as many single uprobes.
struct UprobeMulti {
  std::string binary;  // as for Uprobe
  std::vector<UprobePlace> places;
  bool at_return = false;
  bool session = false;  // SEC("uprobe.session"): at entry and return. Kernel 6.13, nothing before
  int pid = -1;
  // One by one; a Link's hook() has it set where the kernel left no other way.
  bool singly = false;
};

// A probe that the authors of a user binary left in it (sys/sdt.h, dtrace): all places that have
// the name. Its arguments are read with bpf/skep/usdt.bpf.h or libbpf's bpf/usdt.bpf.h. x86-64,
// arm64. Kernel 5.15 (attach cookies).
struct Usdt {
  std::string binary;  // as for Uprobe
  std::string provider, name;
  int pid = -1;
  std::uint64_t cookie = 0;  // bpf_usdt_cookie()
  bool singly = false;       // as for UprobeMulti
};

// Samples: the program runs each time an event of perf has happened so often. Kernel 4.9.
struct PerfEvent {
  enum class Event : std::uint8_t {
    cpu_clock,         // of each CPU: also while it runs the idle task
    task_clock,        // of a process
    page_faults,       //
    context_switches,  //
    cpu_migrations,    //
    cpu_cycles,        // needs a PMU, which virtual machines seldom have
    instructions,      // the same
    breakpoint,        // `address` is executed, read or written
  };
  enum class Access : std::uint8_t { execute, write, read_or_write };
  Event event = Event::cpu_clock;
  std::uint64_t frequency = 0;  // samples a second (Hz); or
  std::uint64_t period = 0;     // events between two samples; of the clocks: nanoseconds
  int pid = -1;                 // -1: all processes, on every CPU that is online
  std::uint64_t cookie = 0;     // kernel 5.15
  int cpu = -1;                 // only on this CPU; -1: wherever it happens
  // Of a breakpoint; a CPU has four (x86-64). In user space, the kernel's own with CAP_PERFMON.
  std::uint64_t address = 0;
  Access access = Access::write;
  std::uint32_t length = 8;  // bytes of what is written or read: 1, 2, 4 or 8, and so aligned
};

// Something that the kernel has many of, walked once for each reader. Kernel 5.8.
struct Iterator {
  std::string target;     // for messages: "task", "bpf_map_elem"
  int map = -1;           // bpf_map_elem, bpf_sk_storage_map: the map's descriptor
  std::string cgroup;     // cgroup: its directory. Kernel 6.1
  std::uint32_t pid = 0;  // task, task_file, task_vma: only this process; 0: all. Kernel 6.1
};

// A network interface, as it receives. Kernel 5.9.
struct Xdp {
  enum class Mode : std::uint8_t {
    automatic,  // what the driver can, else generic
    native,     // in the driver
    generic,    // in the network stack: any interface, slower
    offload,    // on the card
  };
  std::string interface;  // "eth0", or its index "2"; "netns:NAME/eth0" in another namespace
  Mode mode = Mode::automatic;
};

enum class Direction : std::uint8_t { ingress, egress };

// A network interface, at traffic control, among others in a chain. Kernel 6.6.
struct Tcx {
  std::string interface;  // as for Xdp
  Direction direction = Direction::ingress;
  // Where in the chain: before or after the program with that id; with neither at its end.
  std::uint32_t before = 0;
  std::uint32_t after = 0;
};

// A network interface, at traffic control, as a filter of its clsact qdisc, which is made when
// there is none: for kernels without tcx, and beside other filters. The filter is no bpf_link: it
// outlives the process unless the link is detached. Direct action: the program's result decides. A
// program of SEC("action") hangs on a matchall filter. Kernel 4.5.
struct Tc {
  std::string interface;  // as for Xdp
  Direction direction = Direction::ingress;
  std::uint16_t priority = 0;  // lower runs first; 0: the kernel chooses, before those it chose
  std::uint32_t handle = 0;    // which filter of this priority; 0: the kernel chooses
  // The id of the program that the filter at this priority and handle holds: it is replaced, in one
  // step. 0: none; what is there stays, and is an error.
  std::uint32_t replaces = 0;
};

// One end of a netkit pair: the program sees what the primary or the peer device sends. 6.7.
struct Netkit {
  std::string interface;  // the primary's
  bool peer = false;
};

// A control group (version 2) and those below it: which of its hooks is said by SEC. Kernel 5.7.
struct Cgroup {
  // Whether others may hang on the same hook.
  enum class Sharing : std::uint8_t {
    multi,        // as many as like, here and below; a bpf_link (before kernel 5.7 without one)
    overridable,  // one here; one in a cgroup below runs instead of it (BPF_F_ALLOW_OVERRIDE)
    none,         // one here, and none below
  };
  std::string path;  // its directory; empty: the root of the hierarchy
  Sharing sharing = Sharing::multi;
};

// The network namespace as a whole: sk_lookup (kernel 5.9), flow_dissector (5.7).
struct NetworkNamespace {
  std::string path;  // "/run/netns/blue", "/proc/42/ns/net"; empty: that of this process
};

// A sockmap or sockhash: sk_msg, sk_skb. Kernel 6.10 as a link, else attached to the map itself.
struct SockMap {
  int map = -1;  // its descriptor
};

// A socket: SO_ATTACH_BPF (socket filter, kernel 3.19) or SO_ATTACH_REUSEPORT_EBPF (sk_reuseport).
// It stays until the socket is closed or the link is detached.
struct Socket {
  int fd = -1;
};

// A route: the program sees what is sent or received by it, without the link's header. Which way is
// said by SEC: lwt_in, lwt_out, lwt_xmit (kernel 4.10), lwt_seg6local (4.18). The route is made,
// and taken away when the link is detached; a route that is there already stays, and is an error.
// No bpf_link: it outlives the process unless the link is detached.
struct Route {
  std::string destination;  // "10.9.9.0/24", "fc00::1", "default"
  std::string interface;    // as for Xdp
  std::string gateway;      // an address; empty: none
  std::uint32_t table = 0;  // 0: main (254)
  std::uint32_t metric = 0;
  bool is_local = false;  // delivered here (lwt_in), as the routes of table 255 are
};

// An infrared receiver. Its programs run one after the other. Kernel 4.18.
struct Lirc {
  std::string device = "/dev/lirc0";
};

// A hook of netfilter. Kernel 6.4.
struct Netfilter {
  enum class Hook : std::uint8_t { prerouting, local_in, forward, local_out, postrouting };
  bool ipv6 = false;
  Hook hook = Hook::local_in;
  int priority = 0;         // neither INT_MIN nor INT_MAX; lower runs first
  bool defragment = false;  // whole packets only
};

// A table of functions that a part of the kernel calls (struct tcp_congestion_ops …), registered as
// a whole: by Map::attach, not by a program. Kernel 5.6.
struct StructOps {
  std::string type;  // "tcp_congestion_ops"
};

using Hook = std::variant<Tracepoint, RawTracepoint, BtfTracepoint, Kprobe, KprobeMulti, Ksyscall,
                          Trampoline, Freplace, Uprobe, UprobeMulti, Usdt, PerfEvent, Iterator, Xdp,
                          Tcx, Tc, Netkit, Cgroup, NetworkNamespace, SockMap, Socket, Route, Lirc,
                          Netfilter, StructOps>;

// What a section leaves open, for all programs of an object that need it.
struct AttachDefaults {
  std::string interface;         // xdp, tc, tcx, netkit
  std::string cgroup;            // cgroup hooks; empty: the root of the hierarchy
  std::uint64_t frequency = 99;  // perf_event: samples a second
  int pid = -1;                  // perf_event, iterators of tasks, uprobes, USDT: only this process
  int socket = -1;               // socket filter, sk_reuseport: its descriptor
};

// "tracepoint sched/sched_process_exec", for messages and lists.
[[nodiscard]] std::string describe(const Hook& hook);

}  // namespace skep
#pragma GCC visibility pop
