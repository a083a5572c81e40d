#include "hook/perf.hpp"

#include <linux/perf_event.h>

#include <cerrno>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link.hpp"

namespace skep::hook {
namespace {

Result<Fd> open_event(kernel::Syscalls& sys, perf_event_attr event, int pid) {
  event.size = sizeof(event);
  // A program runs on every CPU that reaches the hook, whichever one its event counts on.
  const int cpu = pid == -1 ? 0 : -1;
  const long fd = sys.perf_event_open(&event, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd >= 0) return kernel::adopt(fd);
  Error error = Error::from_errno(static_cast<int>(-fd), "perf_event_open");
  if (error.kind() == ErrorKind::permission) {
    error = std::move(error).hint(
        "It needs CAP_PERFMON and CAP_BPF (or root); sysctl kernel.perf_event_paranoid restricts "
        "others.");
  }
  return std::unexpected(std::move(error));
}

Error explained(Error error, const Program& program) {
  switch (error.code()) {
    case EACCES:
      return std::move(error).hint(
          "The program reads further than this hook's record is long, or writes into it.");
    case EEXIST:
      return std::move(error).hint("The same program is attached there already.");
    case EINVAL:
      return std::move(error).hint(fmt::format(
          "A program of type {} does not fit this kind of hook.", name_of(program.spec().type)));
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach_to_event(const Program& program, Hook hook, perf_event_attr attributes, int pid,
                             std::uint64_t cookie, Host& host) {
  auto& sys = host.syscalls();
  SKEP_TRY(Fd event, open_event(sys, attributes, pid));
  const auto enable = [&]() -> Result<void> {
    const long result = sys.ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0);
    if (result < 0) return fail_errno(static_cast<int>(-result), "enable the perf event");
    return {};
  };
  std::string name(program.name());
  auto link = kernel::create_perf_link(sys, program.fd(), event.get(), cookie);
  if (link) {
    SKEP_CHECK(enable());
    return Link(std::move(hook), std::move(name), *std::move(link));
  }
  Error refused = std::move(link).error();
  if (refused.code() != EINVAL) return std::unexpected(explained(std::move(refused), program));
  const long result =
      sys.ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, static_cast<unsigned long>(program.fd()));
  if (result < 0) return std::unexpected(explained(std::move(refused), program));
  if (cookie != 0) {
    return fail(ErrorKind::unsupported, "this kernel has no cookies for perf events (5.15)");
  }
  SKEP_CHECK(enable());
  return Link(std::move(hook), std::move(name), Fd(), std::move(event));
}

}  // namespace skep::hook
