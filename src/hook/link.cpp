#include "skep/link.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "base/error.hpp"
#include "hook/attachment.hpp"
#include "kernel/link.hpp"

namespace skep {
namespace {

// Threads that wait for the kernel at the same time, not ones that compute.
constexpr std::size_t detach_threads = 32;

}  // namespace

Link::Link(Hook hook, std::string program, Fd link)
    : hook_(std::move(hook)), program_(std::move(program)) {
  std::vector<Fd> fds;
  fds.push_back(std::move(link));
  attachment_ = std::make_unique<hook::Descriptors>(std::move(fds), true);
}

Link::Link(Hook hook, std::string program, std::unique_ptr<hook::Attachment> attachment) noexcept
    : hook_(std::move(hook)), program_(std::move(program)), attachment_(std::move(attachment)) {}

Link::Link(Link&&) noexcept = default;
Link& Link::operator=(Link&&) noexcept = default;
Link::~Link() = default;

int Link::fd() const noexcept { return attachment_ ? attachment_->fd() : -1; }
bool Link::is_bpf_link() const noexcept { return attachment_ && attachment_->is_bpf_link(); }

kernel::Syscalls& Link::syscalls() const noexcept {
  return syscalls_ != nullptr ? *syscalls_ : kernel::real_syscalls();
}

void Link::made_with(kernel::Syscalls& syscalls, Fd program) noexcept {
  syscalls_ = &syscalls;
  expected_ = std::move(program);
}

Result<Fd> Link::iterate() const {
  if (!std::holds_alternative<Iterator>(hook_)) {
    return fail(ErrorKind::invalid_argument, "{} is no iterator", describe(hook_));
  }
  return kernel::create_iterator(syscalls(), fd());
}

void detach_all(std::vector<Link> links) noexcept {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < links.size(); i = next++) {
      static_cast<void>(links[i].detach());
    }
  };
  std::vector<std::thread> threads;
  for (bool more = true; more && threads.size() + 1 < std::min(links.size(), detach_threads);) {
    try {
      threads.emplace_back(work);
    } catch (const std::exception&) {
      more = false;  // no thread, or no memory: the ones there are, and this one, do it
    }
  }
  work();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace skep
