#include "run/command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace skep::run {
namespace {

// What a shell says of a command that it could not start.
constexpr int not_found = 127, not_executable = 126;

struct Pipe {
  Fd read, write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// In the child: between fork and exec nothing may allocate.
[[noreturn]] void become(char* const* words, int start, int trouble) {
  char word = 0;
  ssize_t got = 0;
  do {
    got = ::read(start, &word, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(0);
  ::execvp(words[0], words);
  const int code = errno;
  const bool is_said = ::write(trouble, &code, sizeof(code)) == sizeof(code);
  ::_exit(is_said && code == ENOENT ? not_found : not_executable);
}

}  // namespace

Result<Command> Command::prepare(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  SKEP_TRY(auto start, make_pipe());
  SKEP_TRY(auto trouble, make_pipe());
  Command out;
  out.name_ = words.front();
  const int pid = ::fork();
  if (pid < 0) return fail_errno(errno, "start {}: fork", out.name_);
  if (pid == 0) {
    ::close(start.write.get());  // else it would wait for itself
    become(pointers.data(), start.read.get(), trouble.write.get());
  }
  out.pid_ = pid;
  out.start_ = std::move(start.write);
  out.trouble_ = std::move(trouble.read);
  out.process_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!out.process_) return fail_errno(errno, "start {}: pidfd_open", out.name_);
  return out;
}

Result<void> Command::start() {
  const char word = 1;
  if (::write(start_.get(), &word, 1) != 1) return fail_errno(errno, "start {}", name_);
  start_ = Fd();
  int code = 0;
  ssize_t got = 0;
  do {
    got = ::read(trouble_.get(), &code, sizeof(code));  // 0: exec has closed it
  } while (got < 0 && errno == EINTR);
  if (got != sizeof(code)) return {};
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) code_ = WEXITSTATUS(status);
  return fail_errno(code, "start {}", name_);
}

void Command::send(int signal) const noexcept {
  if (!code_) ::syscall(SYS_pidfd_send_signal, process_.get(), signal, nullptr, 0);
}

std::optional<int> Command::exit_code() {
  int status = 0;
  if (!code_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }
  return code_;
}

Command::Command(Command&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, 0)),
      process_(std::move(other.process_)),
      start_(std::move(other.start_)),
      trouble_(std::move(other.trouble_)),
      code_(other.code_) {}

Command::~Command() {
  const bool is_waiting = static_cast<bool>(start_);
  start_ = Fd();
  if (pid_ > 0 && is_waiting && !code_) ::waitpid(pid_, nullptr, 0);
}

}  // namespace skep::run
