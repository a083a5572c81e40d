// skep/link.hpp: a program that hangs on a hook.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skep/fd.hpp"
#include "skep/hook.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace hook {
class Attachment;
}
namespace kernel {
class Syscalls;
}

class Map;
class Program;

// Kinds of bpf_link, with the kernel's numbers (include/uapi/linux/bpf.h, enum bpf_link_type).
enum class LinkType : std::uint32_t {
  none = 0,
  raw_tracepoint = 1,
  tracing = 2,  // fentry, fexit, fmod_ret, lsm, freplace, tp_btf
  cgroup = 3,
  iterator = 4,
  network_namespace = 5,
  xdp = 6,
  perf_event = 7,
  kprobe_multi = 8,
  struct_ops = 9,
  netfilter = 10,
  tcx = 11,
  uprobe_multi = 12,
  netkit = 13,
  sockmap = 14,
};

// "xdp", "network namespace"; "link type 99" for one that skep does not know.
[[nodiscard]] std::string name_of(LinkType type);

// What a link of type perf_event hangs on (enum bpf_perf_event_type). Kernel 6.6.
enum class PerfKind : std::uint32_t {
  unknown = 0,
  uprobe = 1,
  uretprobe = 2,
  kprobe = 3,
  kretprobe = 4,
  tracepoint = 5,
  event = 6,  // hardware or software: event_type, event_config
};

// What the kernel says of a bpf_link; or of a tc filter or a route, which have no id, and the type
// none. What a type does not have, or an older kernel does not tell,
// is 0 or empty.
struct LinkInfo {
  std::uint32_t id = 0;
  LinkType type = LinkType::none;
  std::uint32_t program_id = 0;   // of struct_ops: 0, it has a map
  std::uint32_t attach_type = 0;  // tracing, cgroup, network_namespace, tcx, netkit, sockmap
  std::uint32_t interface = 0;    // xdp, tcx, netkit, tc: its index; 0 once the interface is gone
  std::uint64_t cgroup = 0;       // cgroup, iterator: its id, the inode number of its directory
  std::uint32_t network = 0;      // network_namespace: inode number, as in "net:[4026531840]"
  std::uint32_t map = 0;          // struct_ops, sockmap, iterator: the map's id
  // The tracepoint; the kernel's function; the path of the binary; what the iterator walks.
  std::string name;
  std::uint64_t offset = 0;   // perf_event: bytes from the function's, or the file's, beginning
  std::uint64_t address = 0;  // perf_event: of the kernel's function, where we may know it
  std::uint64_t cookie = 0;   // perf_event, kernel 6.9; raw_tracepoint, tracing: 6.16
  std::uint64_t missed = 0;   // kprobes: times that it did not run. Kernel 6.7
  PerfKind perf = PerfKind::unknown;
  std::uint32_t event_type = 0;     // as perf_event_open(2) has it
  std::uint64_t event_config = 0;   //
  std::uint32_t count = 0;          // kprobe_multi, uprobe_multi: how many functions
  std::uint32_t multi_flags = 0;    // the same: 1: at their return
  std::uint32_t process = 0;        // uprobe_multi, iterator: only this one
  std::uint32_t target_object = 0;  // tracing: id of the program, or of the BTF, that it hangs on
  std::uint32_t target_type = 0;    // tracing: id of the function in that BTF
  std::uint32_t family = 0;         // netfilter: NFPROTO_*
  std::uint32_t hook = 0;           // netfilter: NF_INET_*
  std::int32_t priority = 0;        // netfilter, tc
  std::uint32_t handle = 0;         // tc
};

// Move-only; the destructor detaches, unless the link is pinned. Detaching waits for the kernel (a
// tracepoint takes it tens of milliseconds), so detach many links at once with detach_all. The
// program stays loaded as long as its Object or its link lives. What outlives the process:
// docs/links.md.
class Link {
 public:
  // For hook/, which makes links: of a bpf_link's descriptor, or of something else that undoes
  // itself.
  Link(Hook hook, std::string program, Fd link);
  Link(Hook hook, std::string program, std::unique_ptr<hook::Attachment> attachment) noexcept;
  Link(Link&&) noexcept;
  Link& operator=(Link&&) noexcept;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  // The link that is pinned there, for whoever made it: `hook()` is what the kernel tells of it,
  // `program()` its program's name, or "program 42" where we may not ask (CAP_SYS_ADMIN). Kernel
  // 5.7. `syscalls`: the seam, for tests. Errors: not_found; invalid_argument when what is pinned
  // there is a map or a program; permission.
  [[nodiscard]] static Result<Link> open(const std::filesystem::path& path,
                                         kernel::Syscalls* syscalls = nullptr);

  // Where it hangs.
  [[nodiscard]] const Hook& hook() const noexcept { return hook_; }
  // The program's name; of a struct_ops map, the map's.
  [[nodiscard]] const std::string& program() const noexcept { return program_; }
  // The descriptor that stands for the attachment: a bpf_link where the kernel has it for this
  // hook, else a perf event, a socket, a map. -1 once detached, and of a tc filter or a route,
  // which have none.
  [[nodiscard]] int fd() const noexcept;
  // Whether the kernel has it as a link: docs/links.md.
  [[nodiscard]] bool is_bpf_link() const noexcept;
  // Where it is pinned; empty when it is not.
  [[nodiscard]] const std::filesystem::path& pin_path() const noexcept { return pin_; }

  // What the kernel says of it now. Errors: unsupported when it is no bpf_link, or several (a perf
  // event of all CPUs), and the kernel does not tell of it otherwise, as it does of a tc filter.
  [[nodiscard]] Result<LinkInfo> info() const;

  // Lets it outlive this object and this process, until it is unpinned: `path` is in a bpffs; the
  // directory that it stands in is made if it is not there. Kernel 5.7, perf events 5.15. Errors:
  // unsupported when it is no bpf_link or no bpffs; busy when something is pinned there, saying
  // what.
  Result<void> pin(const std::filesystem::path& path);
  // Takes the pin away; the link holds on. Errors: invalid_argument when it is not pinned; busy
  // when what is pinned there by now is something else, which stays.
  Result<void> unpin();

  // Puts another program in the place of the one that it has, in one step: no event meets both or
  // none. Of its type and attach type. Only if the link still holds the program that this object
  // put or found there. xdp, tcx, netkit, cgroup, network namespace, iterators, sockmap; kernel 5.7
  // (xdp 5.9, iterators 5.8, sockmap 6.10); a tc filter likewise (but not of an action), and
  // without that check being one step with the change. Errors: unsupported for other hooks; busy
  // when it holds another program.
  Result<void> update(const Program& program);
  // The same for a registered struct_ops map. Kernel 6.4.
  Result<void> update(const Map& map);

  // An iterator's text: a descriptor to read(2) to its end. Each walks anew. Kernel 5.8. Errors:
  // invalid_argument for other hooks.
  [[nodiscard]] Result<Fd> iterate() const;

  // Detaches now, and takes the pin away. Where the kernel can (5.9; xdp, tcx, netkit, cgroup,
  // network namespace, netfilter, struct_ops, sockmap), also although others hold the same link by
  // a descriptor or a pin of their own; elsewhere it ends when the last of these goes. Afterwards
  // there is nothing left to detach, also after an error: what the kernel said, or that the hook is
  // another's by now and was left alone.
  Result<void> detach();

  // For hook/: what it was made with. `program` is a descriptor of what it holds.
  void made_with(kernel::Syscalls& syscalls, Fd program) noexcept;

 private:
  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept;
  [[nodiscard]] Result<int> bpf_link(std::string_view to_do) const;
  [[nodiscard]] Result<Fd> expected_program() const;
  Result<void> update_to(int program, std::string name);

  Hook hook_;
  std::string program_;
  std::unique_ptr<hook::Attachment> attachment_;  // nullptr once detached
  std::filesystem::path pin_;
  kernel::Syscalls* syscalls_ = nullptr;  // nullptr: the running kernel
  // What the link holds as far as we know: a descriptor, or of one that was opened its id.
  Fd expected_;
  std::uint32_t expected_id_ = 0;
};

// Detaches all of them side by side; returns when the last one is gone.
void detach_all(std::vector<Link> links) noexcept;

}  // namespace skep
#pragma GCC visibility pop
