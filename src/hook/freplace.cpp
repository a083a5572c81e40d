// freplace: a program in the place of a function of another program.
#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "kernel/link.hpp"

namespace skep::hook {

// Which program and function was decided at load (LoadOptions::targets).
Result<Link> attach(const Program& program, const Freplace& hook, Host& host) {
  auto fd = kernel::open_raw_tracepoint(host.syscalls(), program.fd(), "");
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  Error error = std::move(fd).error();
  if (error.code() == EBUSY) {
    error = std::move(error).hint(
        "The function is replaced already, or something hangs on it: it takes one of them.");
  }
  if (error.code() == EINVAL) {
    error = std::move(error).hint("A program that was loaded for one function replaces it once.");
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep::hook
