#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/cgroup_path.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

Error explained(Error error, const std::string& path) {
  switch (error.code()) {
    case EBADF:
      return std::move(error).hint(
          fmt::format("{} is no directory of a cgroup hierarchy of version 2.", path));
    case EPERM:
      return std::move(error).hint(
          "A program that was attached above it without the right to override forbids others.");
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const Cgroup& hook, Host& host) {
  auto& sys = host.syscalls();
  std::string path = hook.path;
  if (path.empty()) {
    SKEP_TRY(path, cgroup_root(sys));
  }
  const long directory = sys.openat(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (directory < 0) return fail_errno(static_cast<int>(-directory), "open cgroup {}", path);
  const Fd cgroup(static_cast<int>(directory));
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = static_cast<std::uint32_t>(cgroup.get());
  attributes.attach_type = program.spec().attach_type;
  auto fd = kernel::create_link(sys, attributes);
  if (fd) return Link(Cgroup{.path = path}, std::string(program.name()), *std::move(fd));
  return std::unexpected(explained(std::move(fd).error(), path));
}

}  // namespace skep::hook
