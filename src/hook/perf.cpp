#include "hook/perf.hpp"

#include <fcntl.h>
#include <linux/perf_event.h>

#include <cerrno>
#include <charconv>

#include "base/error.hpp"
#include "hook/attachment.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/link.hpp"

namespace skep::hook {
namespace {

Result<Fd> open_event(kernel::Syscalls& sys, perf_event_attr& event, EventScope scope) {
  event.size = sizeof(event);
  const long fd = sys.perf_event_open(&event, scope.pid, scope.cpu, -1, PERF_FLAG_FD_CLOEXEC);
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

Result<void> enable(kernel::Syscalls& sys, const Fd& event) {
  const long result = sys.ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0);
  if (result < 0) return fail_errno(static_cast<int>(-result), "enable the perf event");
  return {};
}

Result<AttachedEvent> attach_opened(const Program& program, Fd event, std::uint64_t cookie,
                                    kernel::Syscalls& sys) {
  auto link = kernel::create_perf_link(sys, program.fd(), event.get(), cookie);
  if (link) {
    SKEP_CHECK(enable(sys, event));
    return AttachedEvent{*std::move(link), true};
  }
  Error refused = std::move(link).error();
  if (refused.code() != EINVAL) return std::unexpected(explained(std::move(refused), program));
  const long result =
      sys.ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, static_cast<unsigned long>(program.fd()));
  if (result < 0) return std::unexpected(explained(std::move(refused), program));
  if (cookie != 0) {
    return fail(ErrorKind::unsupported, "this kernel has no cookies for perf events (5.15)");
  }
  SKEP_CHECK(enable(sys, event));
  return AttachedEvent{std::move(event), false};
}

}  // namespace

Result<AttachedEvent> attach_to_event(const Program& program, perf_event_attr& attributes,
                                      EventScope scope, std::uint64_t cookie, Host& host) {
  SKEP_TRY(Fd event, open_event(host.syscalls(), attributes, scope));
  return attach_opened(program, std::move(event), cookie, host.syscalls());
}

Result<Link> attach_to_events(const Program& program, Hook hook, perf_event_attr& attributes,
                              const std::vector<EventScope>& scopes, std::uint64_t cookie,
                              Host& host) {
  std::vector<Fd> fds;
  bool are_links = false;
  for (const auto scope : scopes) {
    SKEP_TRY(auto attached, attach_to_event(program, attributes, scope, cookie, host));
    are_links = attached.is_link;
    fds.push_back(std::move(attached.fd));
  }
  return Link(std::move(hook), std::string(program.name()),
              std::make_unique<Descriptors>(std::move(fds), are_links));
}

Result<std::uint32_t> read_device_number(kernel::Syscalls& sys, const char* path,
                                         std::string_view prefix) {
  SKEP_TRY(const auto text, kernel::read_kernel_file(sys, AT_FDCWD, path));
  std::string_view rest = text;
  std::uint32_t number = 0;
  if (rest.starts_with(prefix)) rest.remove_prefix(prefix.size());
  const auto parsed = std::from_chars(rest.begin(), rest.end(), number);
  if (parsed.ec == std::errc()) return number;
  return fail(ErrorKind::bad_input, "read {}: '{}' is not what was expected", path, text);
}

Result<perf_event_attr> probe_event(kernel::Syscalls& sys, const char* device, bool at_return,
                                    std::string_view config) {
  perf_event_attr event{};
  const auto folder = fmt::format("/sys/bus/event_source/devices/{}", device);
  auto type = read_device_number(sys, (folder + "/type").c_str());
  if (!type) {
    Error error = std::move(type).error();
    if (error.kind() != ErrorKind::not_found) return std::unexpected(std::move(error));
    return std::unexpected(
        std::move(error)
            .as(ErrorKind::unsupported)
            .hint(fmt::format("This kernel has no {}s: it needs 4.17 and {}=y.", device, config)));
  }
  event.type = *type;
  if (at_return) {
    SKEP_TRY(const auto bit,
             read_device_number(sys, (folder + "/format/retprobe").c_str(), "config:"));
    if (bit > 63) return fail(ErrorKind::bad_input, "retprobe: no bit {} in config", bit);
    event.config |= 1ULL << bit;
  }
  return event;
}

}  // namespace skep::hook
