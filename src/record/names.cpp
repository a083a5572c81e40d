#include "record/names.hpp"

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include <array>

#include "record/number.hpp"

namespace skep::record {
namespace {

struct Number {
  std::uint64_t value;
  std::string_view name;
};

// include/linux/errno.h: never seen by user space, but tracepoints and helpers show them.
constexpr std::array kernel_errors{
    Number{512, "ERESTARTSYS"},
    Number{513, "ERESTARTNOINTR"},
    Number{514, "ERESTARTNOHAND"},
    Number{515, "ENOIOCTLCMD"},
    Number{516, "ERESTART_RESTARTBLOCK"},
    Number{517, "EPROBE_DEFER"},
    Number{518, "EOPENSTALE"},
    Number{519, "ENOPARAM"},
    Number{521, "EBADHANDLE"},
    Number{522, "ENOTSYNC"},
    Number{523, "EBADCOOKIE"},
    Number{524, "ENOTSUPP"},
    Number{525, "ETOOSMALL"},
    Number{526, "ESERVERFAULT"},
    Number{527, "EBADTYPE"},
    Number{528, "EJUKEBOX"},
    Number{529, "EIOCBQUEUED"},
    Number{530, "ERECALLCONFLICT"},
    Number{531, "ENOGRACE"},
};

// O_LARGEFILE is 0 to programs on 64-bit machines, yet the kernel knows the bit:
// arch/arm64/include/uapi/asm/fcntl.h, include/uapi/asm-generic/fcntl.h.
#ifdef __aarch64__
constexpr std::uint64_t large_file = 0400000;
#else
constexpr std::uint64_t large_file = 0100000;
#endif

// open(2). Those of several bits stand before those that are part of them.
constexpr std::array open_flags{
    Number{O_TMPFILE, "O_TMPFILE"},     Number{O_SYNC, "O_SYNC"},
    Number{O_CREAT, "O_CREAT"},         Number{O_EXCL, "O_EXCL"},
    Number{O_NOCTTY, "O_NOCTTY"},       Number{O_TRUNC, "O_TRUNC"},
    Number{O_APPEND, "O_APPEND"},       Number{O_NONBLOCK, "O_NONBLOCK"},
    Number{O_DSYNC, "O_DSYNC"},         Number{O_ASYNC, "O_ASYNC"},
    Number{O_DIRECT, "O_DIRECT"},       Number{large_file, "O_LARGEFILE"},
    Number{O_DIRECTORY, "O_DIRECTORY"}, Number{O_NOFOLLOW, "O_NOFOLLOW"},
    Number{O_NOATIME, "O_NOATIME"},     Number{O_CLOEXEC, "O_CLOEXEC"},
    Number{O_PATH, "O_PATH"},
};

constexpr std::array<std::string_view, 4> access_modes{"O_RDONLY", "O_WRONLY", "O_RDWR",
                                                       "O_ACCMODE"};

// include/uapi/linux/capability.h, from 0 on.
constexpr std::array<std::string_view, 41> capabilities{"CAP_CHOWN",
                                                        "CAP_DAC_OVERRIDE",
                                                        "CAP_DAC_READ_SEARCH",
                                                        "CAP_FOWNER",
                                                        "CAP_FSETID",
                                                        "CAP_KILL",
                                                        "CAP_SETGID",
                                                        "CAP_SETUID",
                                                        "CAP_SETPCAP",
                                                        "CAP_LINUX_IMMUTABLE",
                                                        "CAP_NET_BIND_SERVICE",
                                                        "CAP_NET_BROADCAST",
                                                        "CAP_NET_ADMIN",
                                                        "CAP_NET_RAW",
                                                        "CAP_IPC_LOCK",
                                                        "CAP_IPC_OWNER",
                                                        "CAP_SYS_MODULE",
                                                        "CAP_SYS_RAWIO",
                                                        "CAP_SYS_CHROOT",
                                                        "CAP_SYS_PTRACE",
                                                        "CAP_SYS_PACCT",
                                                        "CAP_SYS_ADMIN",
                                                        "CAP_SYS_BOOT",
                                                        "CAP_SYS_NICE",
                                                        "CAP_SYS_RESOURCE",
                                                        "CAP_SYS_TIME",
                                                        "CAP_SYS_TTY_CONFIG",
                                                        "CAP_MKNOD",
                                                        "CAP_LEASE",
                                                        "CAP_AUDIT_WRITE",
                                                        "CAP_AUDIT_CONTROL",
                                                        "CAP_SETFCAP",
                                                        "CAP_MAC_OVERRIDE",
                                                        "CAP_MAC_ADMIN",
                                                        "CAP_SYSLOG",
                                                        "CAP_WAKE_ALARM",
                                                        "CAP_BLOCK_SUSPEND",
                                                        "CAP_AUDIT_READ",
                                                        "CAP_PERFMON",
                                                        "CAP_BPF",
                                                        "CAP_CHECKPOINT_RESTORE"};

// signal(7): the C library keeps 32 and 33 to itself, SIGRTMIN is 34.
constexpr std::uint64_t first_real_time = 34, last_real_time = 64;

}  // namespace

std::string_view name_of_errno(std::uint64_t code) noexcept {
  if (code == 0 || code > 4095) return {};
  if (code >= kernel_errors.front().value) {
    for (const auto& error : kernel_errors) {
      if (error.value == code) return error.name;
    }
  }
  // The C library's, with their lengths, which would be counted for each record else.
  static const auto names = [] {
    std::array<std::string_view, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const char* name = ::strerrorname_np(static_cast<int>(i));
      if (name != nullptr) all[i] = name;
    }
    return all;
  }();
  return code < names.size() ? names[code] : std::string_view();
}

std::string_view name_of_capability(std::uint64_t number) noexcept {
  return number < capabilities.size() ? capabilities[number] : std::string_view();
}

bool write_signal_name(Writer& out, std::uint64_t signal) {
  if (signal == 0 || signal > last_real_time) return false;
  if (signal < first_real_time) {
    const char* name = ::sigabbrev_np(static_cast<int>(signal));
    if (name == nullptr) return false;
    out.put("SIG");
    out.put(name);
    return true;
  }
  out.put("SIGRTMIN");
  if (signal > first_real_time) {
    out.put('+');
    out.wrote(write_decimal(out.room(20), signal - first_real_time));
  }
  return true;
}

void write_open_flags(Writer& out, std::uint64_t flags) {
  out.put(access_modes[flags & O_ACCMODE]);
  flags &= ~std::uint64_t{O_ACCMODE};
  for (const auto& flag : open_flags) {
    if (flags == 0) return;
    if ((flags & flag.value) != flag.value) continue;
    flags &= ~flag.value;
    out.put('|');
    out.put(flag.name);
  }
  if (flags == 0) return;
  out.put("|0x");
  out.wrote(write_hex(out.room(16), flags));
}

}  // namespace skep::record
