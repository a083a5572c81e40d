#include <linux/perf_event.h>

#include "elf/symbols.hpp"
#include "hook/binary.hpp"
#include "hook/perf.hpp"

namespace skep::hook {

Result<Link> attach(const Program& program, const Uprobe& hook, Host& host) {
  SKEP_TRY(const auto binary, find_binary(hook.binary));
  std::uint64_t offset = hook.offset;
  if (!hook.symbol.empty()) {
    SKEP_TRY(const auto start, elf::file_offset_of(binary, hook.symbol));
    offset += start;
  }
  SKEP_TRY(auto event,
           probe_event(host.syscalls(), "uprobe", hook.at_return, "CONFIG_UPROBE_EVENTS"));
  event.uprobe_path = reinterpret_cast<std::uintptr_t>(binary.c_str());
  event.probe_offset = offset;
  return attach_to_events(program, hook, event, {EventScope::probe(hook.pid)}, hook.cookie, host);
}

}  // namespace skep::hook
