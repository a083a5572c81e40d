#include "tools/stage.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>  // NOLINT: mkdtemp
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

namespace skep::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

// /proc/self/mounts: device, folder, type, …
std::optional<fs::path> find_cgroup2() {
  std::ifstream mounts("/proc/self/mounts");
  std::string device, folder, type, rest;
  while (mounts >> device >> folder >> type && std::getline(mounts, rest)) {
    if (type == "cgroup2" && ::access(folder.c_str(), W_OK) == 0) return folder;
  }
  return std::nullopt;
}

void clean_up(const fs::path& cgroup, const fs::path& work) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (::rmdir(cgroup.c_str()) != 0 && errno == EBUSY && std::chrono::steady_clock::now() < end) {
    std::ofstream(cgroup / "cgroup.kill") << "1\n";  // kernel 5.14
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::error_code ignored;
  fs::remove_all(work, ignored);
}

}  // namespace

std::optional<Stage> Stage::make() {
  const auto root = find_cgroup2();
  if (!root) return std::nullopt;
  Stage stage;
  stage.cgroup_ = *root / ("skep-test-" + std::to_string(::getpid()));
  std::string work = (fs::temp_directory_path() / "skep-tool-test-XXXXXX").native();
  if (::mkdtemp(work.data()) == nullptr) fail("make " + work);
  stage.work_ = work;
  if (::mkdir(stage.cgroup_.c_str(), 0755) != 0) fail("make " + stage.cgroup_.native());
  stage.post_guard();
  // Steps may run as another user.
  if (::chmod(work.c_str(), 0755) != 0) fail("chmod " + work);
  stage.door_.reset(::open((stage.cgroup_ / "cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
  if (!stage.door_) fail("open cgroup.procs");
  return stage;
}

void Stage::post_guard() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  guard_ = ::fork();
  if (guard_ < 0) fail("fork");
  if (guard_ == 0) {
    ::setsid();
    ::signal(SIGTERM, SIG_IGN);
    // Only this end of the pipe: what else is open would outlive us (ctest waits for its pipes).
    ::dup2(ends[0], 0);
    ::close_range(1, ~0U, 0);
    char byte = 0;
    while (::read(0, &byte, 1) < 0 && errno == EINTR) {
    }
    clean_up(cgroup_, work_);
    ::_exit(0);
  }
  ::close(ends[0]);
  alive_.reset(ends[1]);
}

Stage::Stage(Stage&& other) noexcept
    : cgroup_(std::move(other.cgroup_)),
      work_(std::move(other.work_)),
      door_(std::move(other.door_)),
      alive_(std::move(other.alive_)),
      guard_(std::exchange(other.guard_, -1)) {}

Stage::~Stage() {
  if (guard_ < 0) return;
  door_.reset();
  alive_.reset();
  while (::waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::uint64_t Stage::cgroup_id() const {
  struct stat info{};
  if (::stat(cgroup_.c_str(), &info) != 0) fail("stat " + cgroup_.native());
  return info.st_ino;
}

}  // namespace skep::test
