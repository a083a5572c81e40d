#include "kernel/link.hpp"

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"

namespace skep::kernel {

Result<Fd> create_perf_link(Syscalls& sys, int program, int event, std::uint64_t cookie) {
  PerfLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program);
  attributes.event_fd = static_cast<std::uint32_t>(event);
  attributes.attach_type = attach_perf_event;
  attributes.cookie = cookie;
  const long result = call_bpf(sys, Command::link_create, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "create a link");
  return adopt(result);
}

Result<Fd> open_raw_tracepoint(Syscalls& sys, int program, const std::string& name) {
  RawTracepointAttributes attributes;
  attributes.name = name.empty() ? 0 : address_of(name.c_str());
  attributes.program_fd = static_cast<std::uint32_t>(program);
  const long result = call_bpf(sys, Command::raw_tracepoint_open, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "open the raw tracepoint");
  return adopt(result);
}

}  // namespace skep::kernel
