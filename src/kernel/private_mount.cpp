#include "kernel/private_mount.hpp"

#include <linux/mount.h>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"

namespace skep::kernel {

Result<Fd> mount_private(Syscalls& sys, const char* file_system) {
  const long context = sys.fsopen(file_system, FSOPEN_CLOEXEC);
  if (context < 0) return fail_errno(static_cast<int>(-context), "fsopen {}", file_system);
  const Fd fs = adopt(context);
  const long created = sys.fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (created < 0) return fail_errno(static_cast<int>(-created), "fsconfig {}", file_system);
  const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const long mount = sys.fsmount(fs.get(), FSMOUNT_CLOEXEC, attributes);
  if (mount < 0) return fail_errno(static_cast<int>(-mount), "fsmount {}", file_system);
  return adopt(mount);
}

}  // namespace skep::kernel
