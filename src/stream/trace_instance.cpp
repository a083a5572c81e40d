#include "stream/trace_instance.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"

namespace skep::stream {
namespace {

constexpr std::string_view prefix = "skep-";
constexpr int tries = 64;
constexpr std::string_view kilobytes_a_cpu = "256";  // in place of 1410: lines come now and then

Result<Fd> open_directory(kernel::Syscalls& sys, int parent, const char* name) {
  const long fd = sys.openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) return fail_errno(static_cast<int>(-fd), "open tracefs's {}", name);
  return kernel::adopt(fd);
}

// "skep-4711-0"
bool is_named_as_ours(std::string_view name) {
  constexpr std::string_view digits = "0123456789";
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  const auto dash = name.find_first_not_of(digits);
  return dash != 0 && dash != std::string_view::npos && name[dash] == '-' &&
         dash + 1 < name.size() &&
         name.find_first_not_of(digits, dash + 1) == std::string_view::npos;
}

// The kernel refuses (EBUSY) for one that somebody reads.
void remove_leftovers(kernel::Syscalls& sys, int tracefs, int instances) {
  const auto names = kernel::list_directories(sys, tracefs, "instances");
  if (!names) return;
  for (const auto& name : *names) {
    if (is_named_as_ours(name)) (void)sys.unlinkat(instances, name.c_str(), AT_REMOVEDIR);
  }
}

Result<void> put(kernel::Syscalls& sys, int directory, const char* path, std::string_view text) {
  const long fd = sys.openat(directory, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return fail_errno(static_cast<int>(-fd), "open tracefs's {}", path);
  const Fd file = kernel::adopt(fd);
  return write_all(file.get(), std::as_bytes(std::span(text)));
}

// Process numbers are those of a pid namespace, so another process may have taken the name.
Result<std::string> make_directory(kernel::Syscalls& sys, int instances) {
  for (int n = 0;; ++n) {
    std::string name = fmt::format("{}{}-{}", prefix, ::getpid(), n);
    const long made = sys.mkdirat(instances, name.c_str(), 0700);
    if (made == 0) return name;
    if (made != -EEXIST || n == tries) {
      return fail_errno(static_cast<int>(-made), "create a trace instance {}", name);
    }
  }
}

}  // namespace

Result<std::unique_ptr<TraceInstance>> TraceInstance::create(kernel::Syscalls& sys, int tracefs) {
  SKEP_TRY(Fd instances, open_directory(sys, tracefs, "instances"));
  remove_leftovers(sys, tracefs, instances.get());
  SKEP_TRY(std::string name, make_directory(sys, instances.get()));
  std::unique_ptr<TraceInstance> out(new TraceInstance(sys, std::move(instances), std::move(name)));
  SKEP_TRY(out->directory_, open_directory(sys, out->instances_.get(), out->name_.c_str()));
  (void)put(sys, out->directory_.get(), "buffer_size_kb", kilobytes_a_cpu);
  SKEP_CHECK(put(sys, out->directory_.get(), "events/bpf_trace/bpf_trace_printk/enable", "1"));
  return out;
}

TraceInstance::~TraceInstance() {
  directory_ = Fd();
  (void)sys_.unlinkat(instances_.get(), name_.c_str(), AT_REMOVEDIR);
}

}  // namespace skep::stream
