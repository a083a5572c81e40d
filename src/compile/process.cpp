#include "compile/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace skep::compile {
namespace {

// A stream may grow to this; more is a runaway.
constexpr off_t largest_stream = off_t{256} << 20;

// Numbers from 10 on, so that none is in the way of 0 to 3 in the child.
Result<Fd> memory_file(const char* name) {
  const Fd low(::memfd_create(name, MFD_CLOEXEC));
  if (!low) return fail_errno(errno, "memfd_create");
  Fd high(::fcntl(low.get(), F_DUPFD_CLOEXEC, 10));
  if (!high) return fail_errno(errno, "fcntl F_DUPFD_CLOEXEC");
  return high;
}

template <typename Buffer>
Result<Buffer> contents_of(const Fd& file) {
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return fail_errno(errno, "fstat");
  if (info.st_size > largest_stream) {
    return fail(ErrorKind::limit, "a command wrote {} bytes", info.st_size);
  }
  Buffer out;
  out.resize(static_cast<std::size_t>(info.st_size));
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n =
        ::pread(file.get(), out.data() + done, out.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "pread");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  out.resize(done);
  return out;
}

// posix_spawn's two lists of settings, freed at the end of the scope.
struct SpawnSettings {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
};

Result<pid_t> spawn(const std::vector<std::string>& command, const std::array<Fd, 3>& streams) {
  SpawnSettings settings;
  int error = ::posix_spawn_file_actions_addopen(&settings.actions, 0, "/dev/null", O_RDONLY, 0);
  for (int i = 0; i < 3 && error == 0; ++i) {
    error = ::posix_spawn_file_actions_adddup2(&settings.actions, streams[i].get(), i + 1);
  }
  // A caller that blocks signals (a signalfd) must not hand that on: Ctrl-C ends the compiler.
  sigset_t none;
  ::sigemptyset(&none);
  if (error == 0) error = ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  if (error == 0) error = ::posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSIGMASK);

  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t child = -1;
  if (error == 0) {
    error = ::posix_spawn(&child, words[0], &settings.actions, &settings.attributes, words.data(),
                          environ);
  }
  if (error != 0) return fail_errno(error, "start {}", command[0]);
  return child;
}

// Through a pidfd: the number of a child that somebody else has reaped may be another's by now.
Result<int> wait_for(pid_t child, const std::string& name) {
  // <sys/pidfd.h> of glibc 2.36 forgets extern "C".
  const Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, child, 0U)));
  if (!handle) return fail_errno(errno, "pidfd_open {}", name);
  siginfo_t info{};
  int error = 0;
  do {
    error = ::waitid(P_PIDFD, static_cast<id_t>(handle.get()), &info, WEXITED);
  } while (error != 0 && errno == EINTR);
  if (error != 0) return fail_errno(errno, "wait for {}", name);
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

}  // namespace

Result<Finished> run_command(const std::vector<std::string>& command) {
  std::array<Fd, 3> streams;
  for (auto& stream : streams) {
    SKEP_TRY(stream, memory_file("skep-stream"));
  }
  SKEP_TRY(const pid_t child, spawn(command, streams));
  Finished out;
  SKEP_TRY(out.status, wait_for(child, command[0]));
  SKEP_TRY(out.output, contents_of<std::vector<std::byte>>(streams[0]));
  SKEP_TRY(out.errors, contents_of<std::string>(streams[1]));
  SKEP_TRY(out.extra, contents_of<std::string>(streams[2]));
  return out;
}

}  // namespace skep::compile
