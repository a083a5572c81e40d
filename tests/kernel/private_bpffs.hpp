// kernel/private_bpffs.hpp: a bpffs that no other process sees, and that goes with the test.
#pragma once

#include <fmt/format.h>
#include <linux/mount.h>

#include <filesystem>
#include <set>
#include <string>

#include "kernel/descriptor.hpp"
#include "kernel/syscalls.hpp"
#include "skep/fd.hpp"

namespace skep::test {

// A mount in no namespace (fsmount(2)), reached through /proc.
class PrivateBpffs {
 public:
  PrivateBpffs() {
    auto& sys = kernel::real_syscalls();
    const long context = sys.fsopen("bpf", FSOPEN_CLOEXEC);
    if (context < 0) return;
    const Fd fs = kernel::adopt(context);
    if (sys.fsconfig(fs.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) return;
    const long mount = sys.fsmount(fs.get(), FSMOUNT_CLOEXEC, 0);
    if (mount >= 0) mount_ = kernel::adopt(mount);
  }

  [[nodiscard]] bool is_there() const { return static_cast<bool>(mount_); }
  [[nodiscard]] std::filesystem::path path() const {
    return fmt::format("/proc/self/fd/{}", mount_.get());
  }
  // What is in it, by path below the root.
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> out;
    // The slash at the end makes it the directory, not the link that /proc shows it by.
    const auto root = path() / "";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      // The kernel puts two files of its own into a new bpffs: maps.debug and progs.debug.
      if (entry.path().extension() == ".debug") continue;
      out.insert(entry.path().native().substr(root.native().size()));
    }
    return out;
  }

 private:
  Fd mount_;
};

}  // namespace skep::test
