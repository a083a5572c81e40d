// hook/tc_netlink.hpp: filters of traffic control at the clsact qdisc of an interface
// (net/sched/cls_api.c, cls_bpf.c, sch_ingress.c; tc-bpf(8)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hook/netlink.hpp"
#include "skep/hook.hpp"

namespace skep::hook {

// Where a filter is, in one interface and direction.
struct TcPlace {
  std::uint32_t interface = 0;  // index
  Direction direction = Direction::ingress;
  std::uint16_t priority = 0;  // 0: the kernel chooses
  std::uint32_t handle = 0;    // 0: the kernel chooses
};

struct TcFilter {
  std::uint16_t priority = 0;
  std::uint32_t handle = 0;
  std::string kind;              // "bpf", "u32", "matchall" …
  std::string name;              // as its maker called it
  std::uint32_t program_id = 0;  // of kind bpf, and of a matchall with a program as its action
};

// Whether the interface has one.
[[nodiscard]] Result<bool> has_clsact(Netlink& netlink, std::uint32_t interface);
// Whether it was made just now: false when there was one (or an ingress qdisc) already.
[[nodiscard]] Result<bool> make_clsact(Netlink& netlink, std::uint32_t interface);
[[nodiscard]] Result<void> delete_clsact(Netlink& netlink, std::uint32_t interface);

struct TcProgram {
  int fd = -1;
  std::string name;
  bool is_action = false;  // of type sched_act: hangs on a matchall
};

// Returns where it is, with what the kernel chose. Without `replace` what is there stays (EEXIST).
[[nodiscard]] Result<TcPlace> put_filter(Netlink& netlink, TcPlace place, const TcProgram& program,
                                         bool replace);
[[nodiscard]] Result<void> delete_filter(Netlink& netlink, const TcPlace& place, bool is_action);

// All filters of one direction, in the order in which they run.
[[nodiscard]] Result<std::vector<TcFilter>> list_filters(Netlink& netlink, std::uint32_t interface,
                                                         Direction direction);
// The one at its priority and handle.
[[nodiscard]] Result<std::optional<TcFilter>> find_filter(Netlink& netlink, const TcPlace& place);

}  // namespace skep::hook
