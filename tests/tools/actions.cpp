#include "tools/actions.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tools/exits.hpp"

namespace skep::test {
namespace {

// A text in a page that nobody has touched: in a file, mapped, not read. (A process that is forked
// later does not inherit page table entries of a file that is mapped for reading.)
// Unmapped with the last copy, so that a thousand steps do not make each fork dearer.
std::shared_ptr<const char> cold_text(const Stage& stage, const std::string& text) {
  const auto path = stage.work() / "cold";
  std::ofstream(path) << text << '\0';
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* page = ::mmap(nullptr, text.size() + 1, PROT_READ, MAP_PRIVATE, fd, 0);
  ::close(fd);
  ::unlink(path.c_str());
  if (page == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  const auto size = text.size() + 1;
  return {static_cast<const char*>(page),
          [size](const char* at) { ::munmap(const_cast<char*>(at), size); }};
}

// Shared by the copies of the function that holds it.
struct Exec {
  std::string path;
  std::shared_ptr<const char> cold;
  const char* at = nullptr;  // the path's address
  std::vector<std::string> words;
  std::vector<char*> argv;
  bool is_at = false, in_thread = false;
};

std::function<void()> make_exec(const YAML::Node& what, const Stage& stage, const Names& names) {
  auto exec = std::make_shared<Exec>();
  const bool is_list = what.IsSequence();
  if (!is_list) check_keys(what, {"argv", "path", "call", "thread", "no_argv", "cold"});
  exec->words = words_of(is_list ? what : what["argv"], names);
  const bool no_argv = !is_list && what["no_argv"].as<bool>(false);
  exec->path =
      is_list || !what["path"] ? exec->words.at(0) : expand(what["path"].as<std::string>(), names);
  exec->at = exec->path.c_str();
  if (!is_list && what["cold"].as<bool>(false)) {
    exec->cold = cold_text(stage, exec->path);
    exec->at = exec->cold.get();
  }
  exec->is_at = !is_list && what["call"].as<std::string>("execve") == "execveat";
  exec->in_thread = !is_list && what["thread"].as<bool>(false);
  for (auto& word : exec->words) exec->argv.push_back(word.data());
  exec->argv.push_back(nullptr);
  auto call = [exec, no_argv] {
    char** argv = no_argv ? nullptr : exec->argv.data();
    if (exec->is_at) {
      ::syscall(SYS_execveat, AT_FDCWD, exec->at, argv, environ, 0);
    } else {
      ::syscall(SYS_execve, exec->at, argv, environ);
    }
    ::_exit(127);
  };
  if (!exec->in_thread) return call;
  return [call] {
    std::thread(call).detach();
    for (;;) ::pause();
  };
}

std::uint64_t parse_flags(const std::string& text) {
  static const std::map<std::string, std::uint64_t> known = {
      {"O_RDONLY", O_RDONLY},    {"O_WRONLY", O_WRONLY},     {"O_RDWR", O_RDWR},
      {"O_CREAT", O_CREAT},      {"O_EXCL", O_EXCL},         {"O_TRUNC", O_TRUNC},
      {"O_APPEND", O_APPEND},    {"O_CLOEXEC", O_CLOEXEC},   {"O_DIRECTORY", O_DIRECTORY},
      {"O_PATH", O_PATH},        {"O_NOFOLLOW", O_NOFOLLOW}, {"O_TMPFILE", O_TMPFILE},
      {"O_NONBLOCK", O_NONBLOCK}};
  std::uint64_t out = 0;
  std::size_t start = 0;
  while (start <= text.size()) {
    const auto end = std::min(text.find('|', start), text.size());
    const auto word = text.substr(start, end - start);
    const auto found = known.find(word);
    out |= found != known.end() ? found->second : std::stoull(word, nullptr, 0);
    start = end + 1;
  }
  return out;
}

long open_with(const std::string& call, const char* path, std::uint64_t flags, unsigned mode) {
#ifdef SYS_open
  if (call == "open") return ::syscall(SYS_open, path, flags, mode);
  if (call == "creat") return ::syscall(SYS_creat, path, mode);
#endif
  if (call == "creat") flags = O_CREAT | O_WRONLY | O_TRUNC;  // as libc does on newer machines
  if (call == "openat2") {
    open_how how{};
    how.flags = flags;
    how.mode = mode;
    return ::syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
  }
  return ::syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

std::function<void()> make_open(const Step& step, const Stage& stage, Names names) {
  const auto& what = step.what;
  check_keys(what, {"path", "flags", "mode", "call", "cold", "wild"});
  const auto call = what["call"].as<std::string>("openat");
  const auto flags = parse_flags(what["flags"].as<std::string>("O_RDONLY"));
  const auto mode =
      static_cast<unsigned>(std::stoul(what["mode"].as<std::string>("0"), nullptr, 8));
  const bool cold = what["cold"].as<bool>(false);
  const bool wild = what["wild"].as<bool>(false);
  auto paths = std::make_shared<std::vector<std::string>>();
  std::vector<std::shared_ptr<const char>> pages;
  std::vector<const char*> at;
  for (std::size_t i = 0; i < step.times; ++i) {
    names["N"] = std::to_string(i);
    paths->push_back(expand(what["path"].as<std::string>(), names));
    if (cold) at.push_back(pages.emplace_back(cold_text(stage, paths->back())).get());
    if (wild) at.push_back(reinterpret_cast<const char*>(16));
  }
  if (at.empty()) {
    for (const auto& path : *paths) at.push_back(path.c_str());
  }
  return [paths, pages, at, call, flags, mode] {
    for (const char* path : at) {
      const long fd = open_with(call, path, flags, mode);
      if (fd >= 0) ::close(static_cast<int>(fd));
    }
  };
}

}  // namespace

std::function<void()> make_action(const Step& step, const Stage& stage, const Names& names) {
  if (step.kind == "run") return make_exec(step.what, stage, names);
  if (step.kind == "shell") {
    YAML::Node argv;
    for (const auto* word : {"/bin/sh", "-c"}) argv.push_back(std::string(word));
    argv.push_back(step.what.as<std::string>());
    return make_exec(argv, stage, names);
  }
  if (step.kind == "open") return make_open(step, stage, names);
  return make_exit(step.what, stage);
}

}  // namespace skep::test
