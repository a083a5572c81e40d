// skep/introspect.hpp: what the kernel holds, whoever loaded it, and who holds it.
//
// Looking at what others loaded takes CAP_SYS_ADMIN; without it the functions here say permission.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/link.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// What the kernel says of a BTF that it holds: its own, a module's, or a program's.
struct TypesInfo {
  std::uint32_t id = 0;
  std::string name;  // "vmlinux", the module's; empty for a program's. Kernel 5.11
  std::uint32_t bytes = 0;
  bool is_kernels = false;  // its own, or a module's. Kernel 5.11
};

// A thing, and a descriptor of it: as long as that is open, the thing stays.
struct LoadedProgram {
  Fd fd;
  ProgramInfo info;
};
// A map, and a descriptor of it.
struct LoadedMap {
  Fd fd;
  MapInfo info;
};
// A link, and a descriptor of it.
struct LoadedLink {
  Fd fd;
  LinkInfo info;
};
// A BTF, and a descriptor of it.
struct LoadedTypes {
  Fd fd;
  TypesInfo info;
};

// What to do with each; false ends the walk, an error ends it and is handed on.
template <typename T>
using Visit = std::function<Result<bool>(T)>;

// Each that is there, ascending by id. What goes while we look is left out; what comes may or may
// not be among them. `syscalls`: the seam, for tests. Errors: permission; what `visit` returned.
Result<void> visit_programs(const Visit<LoadedProgram>& visit,
                            kernel::Syscalls* syscalls = nullptr);  // kernel 4.13
// The same of maps, links and types.
Result<void> visit_maps(const Visit<LoadedMap>& visit, kernel::Syscalls* syscalls = nullptr);
Result<void> visit_links(const Visit<LoadedLink>& visit,
                         kernel::Syscalls* syscalls = nullptr);  // kernel 5.8
Result<void> visit_types(const Visit<LoadedTypes>& visit,
                         kernel::Syscalls* syscalls = nullptr);  // kernel 5.4

// The same as lists, without descriptors.
[[nodiscard]] Result<std::vector<ProgramInfo>> list_programs(kernel::Syscalls* syscalls = nullptr);
// The same of maps.
[[nodiscard]] Result<std::vector<MapInfo>> list_maps(kernel::Syscalls* syscalls = nullptr);
// The same of links.
[[nodiscard]] Result<std::vector<LinkInfo>> list_links(kernel::Syscalls* syscalls = nullptr);
// The same of BTF.
[[nodiscard]] Result<std::vector<TypesInfo>> list_types(kernel::Syscalls* syscalls = nullptr);

// As long as one of these is there, in any process, the kernel counts the runs of all programs and
// the time in them (ProgramInfo::run_count, run_time_ns), at the cost of two looks at the clock
// each.
class RunStatistics {
 public:
  // Kernel 5.8; an older one has the sysctl kernel.bpf_stats_enabled. Errors: permission
  // (CAP_SYS_ADMIN), unsupported.
  static Result<RunStatistics> enable(kernel::Syscalls* syscalls = nullptr);

 private:
  explicit RunStatistics(Fd fd) noexcept : fd_(std::move(fd)) {}
  Fd fd_;
};

enum class HeldThing : std::uint8_t { program, map, link, types };

// A descriptor that a process has of one of these.
struct Holder {
  int process = 0;      // its id
  std::string command;  // its name, 15 bytes at most
  int fd = -1;          // the number that it has there
  HeldThing thing = HeldThing::program;
  std::uint32_t id = 0;
  bool by_perf_event = false;  // the descriptor is of a perf event that has the program
};

// Who holds what.
struct Holders {
  // By process, then descriptor. A thing that is not among them is held by a pin, a link, another
  // program or map, a cgroup, a network interface or a socket that are not descriptors of bpf.
  std::vector<Holder> all;
  // Processes that we may not look into: they may hold anything.
  std::size_t unreadable = 0;

  // Those of one thing.
  [[nodiscard]] std::vector<Holder> of(HeldThing thing, std::uint32_t id) const;
};

// Which processes hold what, as /proc shows it: takes about 2 µs for each descriptor on the
// machine. `process`: only this one; 0: all. Errors: not_found when there is no such process.
[[nodiscard]] Result<Holders> find_holders(int process = 0, kernel::Syscalls* syscalls = nullptr);

}  // namespace skep
#pragma GCC visibility pop
