// hook/perf.hpp: hooks that are perf events underneath.
#pragma once

#include <vector>

#include "hook/attach.hpp"

struct perf_event_attr;

namespace skep::hook {

// Which process and CPU the event counts for, as perf_event_open(2) has it. A probe runs on every
// CPU that reaches it, whichever one its event counts on.
struct EventScope {
  int pid = -1;
  int cpu = -1;

  [[nodiscard]] static EventScope probe(int pid) noexcept { return {pid, pid == -1 ? 0 : -1}; }
};

// What holds an attachment: a bpf_link, or the event itself on kernels before 5.15.
struct AttachedEvent {
  Fd fd;
  bool is_link = false;
};

// Opens the event and hangs the program on it.
[[nodiscard]] Result<AttachedEvent> attach_to_event(const Program& program,
                                                    perf_event_attr& attributes, EventScope scope,
                                                    std::uint64_t cookie, Host& host);

// Opens the event in each scope and hangs the program on it: by a bpf_link, or by ioctl on kernels
// before 5.15, which have no cookies. All or none.
[[nodiscard]] Result<Link> attach_to_events(const Program& program, Hook hook,
                                            perf_event_attr& attributes,
                                            const std::vector<EventScope>& scopes,
                                            std::uint64_t cookie, Host& host);

// The kernel's function for the system call "openat", as newer kernels name it: "__x64_sys_openat".
[[nodiscard]] std::string function_of_syscall(std::string_view name);

// A number in a file of sysfs, after `prefix`: the type of a perf device, a bit of its config.
[[nodiscard]] Result<std::uint32_t> read_device_number(kernel::Syscalls& sys, const char* path,
                                                       std::string_view prefix = "");

// The event of perf device `device` ("uprobe", "kprobe"), and the bit that asks for the return: the
// kernel gives both out at boot (Documentation/ABI/testing/sysfs-bus-event_source-devices-uprobe).
// Errors: unsupported, with `config` as a hint, where the kernel has no such device.
[[nodiscard]] Result<perf_event_attr> probe_event(kernel::Syscalls& sys, const char* device,
                                                  bool at_return, std::string_view config);

}  // namespace skep::hook
