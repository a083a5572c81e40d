#include "run/watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>

#include "base/error.hpp"

namespace skep::run {
namespace {

constexpr std::uint32_t events = IN_CLOSE_WRITE | IN_MOVED_TO;
constexpr std::size_t buffer_bytes = 16384;

}  // namespace

Result<FileWatch> FileWatch::open() {
  Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd) return fail_errno(errno, "watch files: inotify_init1");
  return FileWatch(std::move(fd));
}

Result<void> FileWatch::follow(const std::vector<std::string>& files) {
  std::map<int, std::set<std::string>> names;
  for (const std::filesystem::path path : files) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    // The same number again for a folder that is watched already.
    const int watch = ::inotify_add_watch(fd_.get(), folder.c_str(), events);
    if (watch < 0) return fail_errno(errno, "watch {}", folder.native());
    names[watch].insert(path.filename().native());
  }
  for (const auto& [watch, unused] : names_) {
    if (!names.contains(watch)) ::inotify_rm_watch(fd_.get(), watch);
  }
  names_ = std::move(names);
  return {};
}

bool FileWatch::has_changed() {
  bool out = false;
  alignas(inotify_event) std::array<char, buffer_bytes> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got <= 0) return out;
    std::span<const char> rest(buffer.data(), static_cast<std::size_t>(got));
    while (rest.size() >= sizeof(inotify_event)) {
      inotify_event event{};
      std::memcpy(&event, rest.data(), sizeof(event));
      const char* name = rest.data() + sizeof(event);
      const auto folder = names_.find(event.wd);
      // What did not fit into the kernel's queue may have been anything.
      out |= (event.mask & IN_Q_OVERFLOW) != 0;
      out |= event.len > 0 && folder != names_.end() && folder->second.contains(name);
      rest = rest.subspan(sizeof(event) + event.len);
    }
  }
}

}  // namespace skep::run
