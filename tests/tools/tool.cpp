#include "tools/tool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace skep::test {
namespace {

constexpr std::chrono::seconds patience{60};  // a build with sanitizers on a busy machine is slow

int milliseconds_until(std::chrono::steady_clock::time_point end) {
  const auto left = end - std::chrono::steady_clock::now();
  return static_cast<int>(
      std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

bool is_readable(const Fd& fd, std::chrono::steady_clock::time_point end) {
  pollfd entry{.fd = fd.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, milliseconds_until(end));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

Tool::Tool(const std::string& skep, const std::string& name,
           const std::vector<std::string>& parameters, const std::filesystem::path& output) {
  std::vector<std::string> words = {skep, "run", name, "-o", "json"};
  words.insert(words.end(), parameters.begin(), parameters.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  errors_.reset(ends[0]);
  Fd writing(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (nothing < 0 || file < 0) ::_exit(126);
    ::dup2(nothing, 0);
    ::dup2(file, 1);
    ::dup2(writing.get(), 2);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  writing.reset();  // so that its end is seen when the tool dies
  wait_until_attached();
}

bool Tool::read_more() {
  char text[4096];
  const auto size = ::read(errors_.get(), text, sizeof(text));
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) return false;
  said_.append(text, static_cast<std::size_t>(size));
  return true;
}

void Tool::wait_until_attached() {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (said_.find("skep: attached") == std::string::npos) {
    if (!is_readable(errors_, end) || !read_more()) {
      throw std::runtime_error("the tool did not say that it is attached; it said: " + said_);
    }
  }
}

void Tool::interrupt() {
  ::kill(pid_, SIGINT);
  const auto end = std::chrono::steady_clock::now() + patience;
  while (is_readable(errors_, end) && read_more()) {
  }
  if (milliseconds_until(end) == 0) throw std::runtime_error("the tool does not end: " + said_);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  if (status != 0) {
    throw std::runtime_error(fmt::format("the tool ended with status {:#x}: {}", status, said_));
  }
}

Tool::~Tool() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace skep::test
