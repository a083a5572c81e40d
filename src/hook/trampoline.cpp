// fentry, fexit, fmod_ret, fsession, lsm and BTF tracepoints: bound to their function at load.
#include <cerrno>

#include "hook/attach.hpp"
#include "hook/attachment.hpp"
#include "kernel/link.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

// With a cookie by BPF_LINK_CREATE (kernel 6.0); without by the older command, which every kernel
// that has trampolines knows.
Result<Fd> link_of(const Program& program, std::uint64_t cookie, kernel::Syscalls& sys) {
  if (cookie == 0) return kernel::open_raw_tracepoint(sys, program.fd(), "");
  kernel::TracingLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.attach_type = program.spec().attach_type;
  attributes.cookie = cookie;
  return kernel::create_link(sys, attributes);
}

}  // namespace

Result<Link> attach(const Program& program, const Trampoline& hook, Host& host) {
  auto fd = link_of(program, hook.cookie, host.syscalls());
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error error = std::move(fd).error();
  if (error.code() == EBUSY) {
    error = std::move(error).hint(
        "Another program modifies the return of this function, or too many are attached to it "
        "(38 at most), or the kernel cannot patch it (notrace).");
  }
  return std::unexpected(std::move(error));
}

Result<Link> attach(const Program& program, const BtfTracepoint& hook, Host& host) {
  SKEP_TRY(Fd link, kernel::open_raw_tracepoint(host.syscalls(), program.fd(), ""));
  return Link(hook, std::string(program.name()), std::move(link));
}

}  // namespace skep::hook
