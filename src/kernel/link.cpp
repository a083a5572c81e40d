#include "kernel/link.hpp"

#include <algorithm>
#include <cerrno>

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

Result<void> unregister_struct_ops(Syscalls& sys, int map) {
  const std::uint32_t key = 0;
  ElementAttributes attributes;
  attributes.map_fd = static_cast<std::uint32_t>(map);
  attributes.key = address_of(&key);
  const long result = call_bpf(sys, Command::map_delete, attributes);
  if (result >= 0 || result == -ENOENT) return {};
  return fail_errno(static_cast<int>(-result), "take the struct_ops map out");
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

Result<void> update_link(Syscalls& sys, int link, int program, int expected) {
  LinkUpdateAttributes attributes;
  attributes.link_fd = static_cast<std::uint32_t>(link);
  attributes.program_fd = static_cast<std::uint32_t>(program);
  attributes.flags = attach_flag_replace;
  attributes.expected_fd = static_cast<std::uint32_t>(expected);
  const long result = call_bpf(sys, Command::link_update, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "update the link");
  return {};
}

Result<void> detach_link(Syscalls& sys, int link) {
  LinkDetachAttributes attributes{static_cast<std::uint32_t>(link)};
  const long result = call_bpf(sys, Command::link_detach, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "detach the link");
  return {};
}

Result<std::vector<std::uint32_t>> query_programs(Syscalls& sys, int target,
                                                  std::uint32_t attach_type, std::uint32_t flags) {
  constexpr std::uint32_t room = 64;  // more than one hook of a cgroup or an interface takes
  std::vector<std::uint32_t> ids(room);
  QueryAttributes attributes;
  attributes.target = static_cast<std::uint32_t>(target);
  attributes.attach_type = attach_type;
  attributes.query_flags = flags;
  attributes.program_ids = address_of(ids.data());
  attributes.count = room;
  const long result = call_bpf(sys, Command::program_query, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "ask which programs are attached");
  ids.resize(std::min(attributes.count, room));
  return ids;
}

Result<void> attach_program(Syscalls& sys, int program, int target, std::uint32_t attach_type,
                            std::uint32_t flags) {
  auto attributes = attach_attributes(program, target, attach_type);
  attributes.flags = flags;
  const long result = call_bpf(sys, Command::program_attach, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "attach the program");
  return {};
}

Result<void> detach_program(Syscalls& sys, int program, int target, std::uint32_t attach_type) {
  auto attributes = attach_attributes(program, target, attach_type);
  const long result = call_bpf(sys, Command::program_detach, attributes);
  if (result >= 0) return {};
  if (result == -ENOENT) {
    return fail(ErrorKind::busy, "another program, or none, is there by now: it was left alone");
  }
  return fail_errno(static_cast<int>(-result), "take the program off");
}

}  // namespace skep::kernel
