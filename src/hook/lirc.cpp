// lirc_mode2: what an infrared receiver receives (drivers/media/rc/bpf-lirc.c).
#include <fcntl.h>

#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/direct.hpp"
#include "kernel/descriptor.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

Error explained(Error error, const std::string& device) {
  switch (error.code()) {
    case EINVAL:
    case EOPNOTSUPP:
      return std::move(error).hint(fmt::format(
          "{} must be the device of an infrared receiver that gives raw pulses, and the kernel be "
          "built with CONFIG_BPF_LIRC_MODE2=y (4.18).",
          device));
    case E2BIG:
      return std::move(error).hint("A receiver takes 64 programs.");
    case EEXIST:
      return std::move(error).hint("The same program is attached there already.");
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const Lirc& hook, Host& host) {
  auto& sys = host.syscalls();
  const long fd = sys.openat(AT_FDCWD, hook.device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (fd < 0) {
    Error error = Error::from_errno(static_cast<int>(-fd), fmt::format("open {}", hook.device));
    if (error.code() == ENOENT) {
      error = std::move(error).hint("Infrared receivers are /dev/lirc0, /dev/lirc1 …");
    }
    return std::unexpected(std::move(error));
  }
  // Its programs run one after the other, and one is taken off by itself.
  Direct direct{.target = kernel::adopt(fd),
                .attach_type = static_cast<std::uint32_t>(object::AttachType::lirc_mode2),
                .nature =
                    "it is attached to the receiver, without a bpf_link, which lasts until it "
                    "is taken off or the receiver is gone"};
  auto link = attach_directly(program, hook, std::move(direct), sys);
  if (link) return link;
  return std::unexpected(explained(std::move(link).error(), hook.device));
}

}  // namespace skep::hook
