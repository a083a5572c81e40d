#include <fcntl.h>
#include <linux/perf_event.h>

#include <charconv>

#include "base/error.hpp"
#include "elf/symbols.hpp"
#include "hook/binary.hpp"
#include "hook/perf.hpp"
#include "kernel/host.hpp"

namespace skep::hook {
namespace {

// A number in a sysfs file, after `prefix`.
Result<std::uint32_t> number_in(kernel::Syscalls& sys, const char* path, std::string_view prefix) {
  SKEP_TRY(const auto text, kernel::read_kernel_file(sys, AT_FDCWD, path));
  std::string_view rest = text;
  std::uint32_t number = 0;
  if (rest.starts_with(prefix)) rest.remove_prefix(prefix.size());
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (parsed.ec == std::errc()) return number;
  return fail(ErrorKind::bad_input, "read {}: '{}' is not what was expected", path, text);
}

// The perf event type of uprobes, and the bit of its config that asks for the return: the kernel
// gives both out at boot (Documentation/ABI/testing/sysfs-bus-event_source-devices-uprobe).
Result<perf_event_attr> event_of(kernel::Syscalls& sys, bool at_return) {
  perf_event_attr event{};
  auto type = number_in(sys, "/sys/bus/event_source/devices/uprobe/type", "");
  if (!type) {
    Error error = std::move(type).error();
    if (error.kind() != ErrorKind::not_found) return std::unexpected(std::move(error));
    return std::unexpected(
        std::move(error)
            .as(ErrorKind::unsupported)
            .hint("This kernel has no uprobes: it needs 4.17 and CONFIG_UPROBE_EVENTS=y."));
  }
  event.type = *type;
  if (at_return) {
    SKEP_TRY(const auto bit,
             number_in(sys, "/sys/bus/event_source/devices/uprobe/format/retprobe", "config:"));
    if (bit > 63) return fail(ErrorKind::bad_input, "retprobe: no bit {} in config", bit);
    event.config |= 1ULL << bit;
  }
  return event;
}

}  // namespace

Result<Link> attach(const Program& program, const Uprobe& hook, Host& host) {
  SKEP_TRY(const auto binary, find_binary(hook.binary));
  std::uint64_t offset = hook.offset;
  if (!hook.symbol.empty()) {
    SKEP_TRY(const auto start, elf::file_offset_of(binary, hook.symbol));
    offset += start;
  }
  SKEP_TRY(auto event, event_of(host.syscalls(), hook.at_return));
  event.uprobe_path = reinterpret_cast<std::uintptr_t>(binary.c_str());
  event.probe_offset = offset;
  return attach_to_event(program, hook, event, hook.pid, hook.cookie, host);
}

}  // namespace skep::hook
