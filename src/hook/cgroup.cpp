#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/cgroup_path.hpp"
#include "hook/direct.hpp"
#include "hook/holder.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

constexpr std::uint32_t query_effective = 1;  // BPF_F_QUERY_EFFECTIVE

std::uint32_t flags_of(Cgroup::Sharing sharing) noexcept {
  switch (sharing) {
    case Cgroup::Sharing::multi:
      return kernel::attach_flag_multi;
    case Cgroup::Sharing::overridable:
      return kernel::attach_flag_override;
    case Cgroup::Sharing::none:
      break;
  }
  return 0;
}

Error explained(Error error, const std::string& path, int cgroup, std::uint32_t type,
                kernel::Syscalls& sys) {
  switch (error.code()) {
    case EBADF:
      return std::move(error).hint(
          fmt::format("{} is no directory of a cgroup hierarchy of version 2.", path));
    case EPERM: {
      const auto there = kernel::query_programs(sys, cgroup, type, query_effective);
      if (!there || there->empty()) return error;
      return std::move(error)
          .as(ErrorKind::busy)
          .hint(fmt::format(
              "What is attached there or above, and shares the hook with nobody, is {}.",
              describe_programs(sys, *there)));
    }
    case EEXIST:
      return std::move(error).hint("The same program is attached there already.");
    default:
      return error;
  }
}

Result<Fd> link_of(const Program& program, int cgroup, kernel::Syscalls& sys) {
  kernel::LinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.target = static_cast<std::uint32_t>(cgroup);
  attributes.attach_type = program.spec().attach_type;
  return kernel::create_link(sys, attributes);
}

}  // namespace

Result<Link> attach(const Program& program, const Cgroup& hook, Host& host) {
  auto& sys = host.syscalls();
  Cgroup where = hook;
  if (where.path.empty()) {
    SKEP_TRY(where.path, cgroup_root(sys));
  }
  const long directory =
      sys.openat(AT_FDCWD, where.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (directory < 0) return fail_errno(static_cast<int>(-directory), "open cgroup {}", where.path);
  Fd cgroup = kernel::adopt(directory);
  const auto type = program.spec().attach_type;
  const auto refused = [&](Error error) {
    return std::unexpected(explained(std::move(error), where.path, cgroup.get(), type, sys));
  };
  if (where.sharing == Cgroup::Sharing::multi) {
    auto fd = link_of(program, cgroup.get(), sys);
    if (fd) return Link(where, std::string(program.name()), *std::move(fd));
    // Kernels before 5.7 know no links.
    if (fd.error().code() != EINVAL) return refused(std::move(fd).error());
  }
  SKEP_TRY(Fd target, kernel::duplicate(cgroup.get()));
  Direct direct{.target = std::move(target),
                .attach_type = type,
                .flags = flags_of(where.sharing),
                .is_exclusive = where.sharing != Cgroup::Sharing::multi,
                .nature =
                    "it is attached to the cgroup itself, without a bpf_link, which lasts "
                    "until it is taken off or the cgroup is gone"};
  auto link = attach_directly(program, where, std::move(direct), sys);
  if (link) return link;
  return refused(std::move(link).error());
}

}  // namespace skep::hook
