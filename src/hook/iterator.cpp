#include <fcntl.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

// union bpf_iter_link_info: the map's descriptor; or {order, cgroup descriptor, cgroup id}; or
// {thread, process, process descriptor}. A kernel takes one that is longer than it knows as long as
// the rest is zero.
using Parameters = std::array<std::uint32_t, 4>;
constexpr std::uint32_t cgroup_and_below = 2;  // BPF_CGROUP_ITER_DESCENDANTS_PRE

Error explained(Error error, const Iterator& hook) {
  if (error.code() == EINVAL && hook.target.find("map_elem") != std::string::npos && hook.map < 0) {
    return std::move(error).hint("This iterator walks one map: say which.");
  }
  return error;
}

}  // namespace

Result<Link> attach(const Program& program, const Iterator& hook, Host& host) {
  auto& sys = host.syscalls();
  kernel::IteratorLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.attach_type = program.spec().attach_type;
  Parameters parameters{};
  Fd cgroup;
  if (hook.map >= 0) parameters[0] = static_cast<std::uint32_t>(hook.map);
  if (!hook.cgroup.empty()) {
    const long fd =
        sys.openat(AT_FDCWD, hook.cgroup.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0) return fail_errno(static_cast<int>(-fd), "open cgroup {}", hook.cgroup);
    cgroup.reset(static_cast<int>(fd));
    parameters = {cgroup_and_below, static_cast<std::uint32_t>(fd), 0, 0};
  }
  if (hook.pid != 0) parameters = {0, hook.pid, 0, 0};
  if (hook.map >= 0 || cgroup || hook.pid != 0) {
    attributes.parameters = kernel::address_of(parameters.data());
    attributes.parameters_size = sizeof(parameters);
  }
  auto fd = kernel::create_link(sys, attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  return std::unexpected(explained(std::move(fd).error(), hook));
}

}  // namespace skep::hook
