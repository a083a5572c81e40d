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

Result<Fd> create_struct_ops_link(Syscalls& sys, int map) {
  PerfLinkAttributes attributes;  // the same beginning: what hangs, on what, as what
  attributes.program_fd = static_cast<std::uint32_t>(map);
  attributes.attach_type = attach_struct_ops;
  const long result = call_bpf(sys, Command::link_create, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "create a link");
  return adopt(result);
}

void unregister_struct_ops(Syscalls& sys, int map) noexcept {
  const std::uint32_t key = 0;
  ElementAttributes attributes;
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = address_of(&key);
  call_bpf(sys, Command::map_delete, attributes);
}

Result<Fd> create_iterator(Syscalls& sys, int link) {
  IteratorCreateAttributes attributes;
  attributes.link_fd = static_cast<std::uint32_t>(link);
  const long result = call_bpf(sys, Command::iterator_create, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "start the iterator");
  return adopt(result);
}

namespace {

AttachAttributes attach_attributes(int program, int target, std::uint32_t attach_type) noexcept {
  AttachAttributes attributes;
  attributes.target_fd = static_cast<std::uint32_t>(target);
  attributes.program_fd = static_cast<std::uint32_t>(program);
  attributes.attach_type = attach_type;
  return attributes;
}

}  // namespace

Result<void> attach_program(Syscalls& sys, int program, int target, std::uint32_t attach_type) {
  auto attributes = attach_attributes(program, target, attach_type);
  const long result = call_bpf(sys, Command::program_attach, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "attach the program");
  return {};
}

void detach_program(Syscalls& sys, int program, int target, std::uint32_t attach_type) noexcept {
  auto attributes = attach_attributes(program, target, attach_type);
  call_bpf(sys, Command::program_detach, attributes);
}

}  // namespace skep::kernel
