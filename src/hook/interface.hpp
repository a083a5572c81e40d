// hook/interface.hpp: network interfaces by name, in any network namespace.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::hook {

struct Interface {
  std::uint32_t index = 0;
  Fd network;  // its network namespace; none: that of this process
};

// "eth0", "2", "netns:blue/eth0" (a name of `ip netns`, or a path: "netns:/proc/42/ns/net/eth0").
// Errors: not_found, with the interfaces that there are; permission for another's namespace.
[[nodiscard]] Result<Interface> find_interface(const std::string& text);

// Those that the text stands for, each as find_interface takes it: with * ? or [] in the name all
// that match it, but for the loopback, by their indices; otherwise the text itself, which need not
// exist. Errors: not_found when none matches; permission for another's namespace.
[[nodiscard]] Result<std::vector<std::string>> find_interfaces(const std::string& text);

// Opens "/proc/42/ns/net", or "blue" below /run/netns. Errors: not_found.
[[nodiscard]] Result<Fd> open_network(const std::string& name);

// Runs `work` in the namespace (on a thread of its own, so that no other is moved), or right here
// when there is none. CAP_SYS_ADMIN. Errors: what the kernel says.
[[nodiscard]] Result<Fd> within(const Fd& network, const std::function<Result<Fd>()>& work);

}  // namespace skep::hook
