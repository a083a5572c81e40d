// Which process has which descriptor. bpftool asks an iterator over tasks and files; /proc says the
// same without a program of its own, and of what it may not look into it says so.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/bpf.hpp"
#include "kernel/fdinfo.hpp"
#include "skep/introspect.hpp"

namespace skep {
namespace {

namespace fs = std::filesystem;

std::optional<int> number_of(const std::string& text) {
  int value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

struct Kind {
  const char* target;  // what the descriptor's symbolic link says
  HeldThing thing;
  const char* id;  // the line of fdinfo that has it
};
// anon_inode_getfd in kernel/bpf/syscall.c and kernel/bpf/btf.c
constexpr Kind kinds[] = {
    {"anon_inode:bpf-prog", HeldThing::program, "prog_id"},
    {"anon_inode:bpf-map", HeldThing::map, "map_id"},
    {"anon_inode:bpf_link", HeldThing::link, "link_id"},
    {"anon_inode:btf", HeldThing::types, "btf_id"},
};

class Process {
 public:
  Process(kernel::Syscalls& sys, int id)
      : sys_(sys), id_(id), path_("/proc/" + std::to_string(id)) {}

  // False when we may not look; gone meanwhile is nothing to look at.
  bool look(Holders& out) {
    std::error_code error;
    const std::size_t before = out.all.size();
    for (fs::directory_iterator at(path_ / "fd", error), end; !error && at != end;
         at.increment(error)) {
      std::error_code gone;
      const auto target = fs::read_symlink(at->path(), gone);
      const auto number = number_of(at->path().filename());
      if (!gone && number) look_at(*number, target.native(), out);
    }
    const auto first = out.all.begin() + static_cast<std::ptrdiff_t>(before);
    std::sort(first, out.all.end(), [](const Holder& a, const Holder& b) { return a.fd < b.fd; });
    return error != std::errc::permission_denied && error != std::errc::operation_not_permitted;
  }

 private:
  void look_at(int fd, const std::string& target, Holders& out) {
    if (target == "anon_inode:[perf_event]") {
      kernel::TaskFdAttributes attributes;
      attributes.process = static_cast<std::uint32_t>(id_);
      attributes.fd = static_cast<std::uint32_t>(fd);
      const long result = kernel::call_bpf(sys_, kernel::Command::task_fd_query, attributes);
      if (result >= 0 && attributes.program_id != 0) {
        out.all.push_back({id_, command(), fd, HeldThing::program, attributes.program_id, true});
      }
      return;
    }
    for (const auto& kind : kinds) {
      if (target != kind.target) continue;
      const auto says = kernel::read_fdinfo(sys_, fd, std::to_string(id_));
      if (!says) return;  // closed meanwhile
      const auto line = says->find(kind.id);
      const auto id = line != says->end() ? number_of(line->second) : std::nullopt;
      if (id) out.all.push_back({id_, command(), fd, kind.thing, static_cast<std::uint32_t>(*id)});
    }
  }
  const std::string& command() {
    if (command_.empty()) {
      auto text = read_text(path_ / "comm");
      command_ = text ? text->substr(0, text->find('\n')) : "?";
    }
    return command_;
  }

  kernel::Syscalls& sys_;
  int id_;
  fs::path path_;
  std::string command_;
};

}  // namespace

std::vector<Holder> Holders::of(HeldThing thing, std::uint32_t id) const {
  std::vector<Holder> out;
  for (const auto& one : all) {
    if (one.thing == thing && one.id == id) out.push_back(one);
  }
  return out;
}

Result<Holders> find_holders(int process, kernel::Syscalls* syscalls) {
  auto& sys = syscalls != nullptr ? *syscalls : kernel::real_syscalls();
  std::vector<int> processes;
  std::error_code error;
  if (process != 0) {
    if (!fs::exists("/proc/" + std::to_string(process), error)) {
      return fail(ErrorKind::not_found, "there is no process {}", process);
    }
    processes.push_back(process);
  } else {
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
      if (const auto id = number_of(at->path().filename())) processes.push_back(*id);
    }
    if (error) return fail_errno(error.value(), "list /proc");
    std::sort(processes.begin(), processes.end());
  }
  Holders out;
  for (const int id : processes) out.unreadable += Process(sys, id).look(out) ? 0 : 1;
  return out;
}

}  // namespace skep
