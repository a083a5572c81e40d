#include "skep/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace skep {
namespace {

struct Describe {
  std::string operator()(const Tracepoint& hook) const {
    return fmt::format("tracepoint {}/{}", hook.category, hook.name);
  }
  std::string operator()(const RawTracepoint& hook) const {
    return fmt::format("raw tracepoint {}", hook.name);
  }
  std::string operator()(const BtfTracepoint& hook) const {
    return hook.name.empty() ? "BTF tracepoint" : fmt::format("BTF tracepoint {}", hook.name);
  }
  std::string operator()(const Uprobe& hook) const {
    std::string where = hook.symbol;
    if (where.empty())
      where = fmt::format("{:#x}", hook.offset);
    else if (hook.offset != 0)
      where += fmt::format("+{:#x}", hook.offset);
    std::string text =
        fmt::format("{} {}:{}", hook.at_return ? "uretprobe" : "uprobe", hook.binary, where);
    if (hook.pid != -1) text += fmt::format(" of process {}", hook.pid);
    return text;
  }
};

// Threads that wait for the kernel at the same time, not ones that compute.
constexpr std::size_t detach_threads = 32;

}  // namespace

std::string describe(const Hook& hook) { return std::visit(Describe(), hook); }

Link::Link(Hook hook, std::string program, Fd fd, Fd event) noexcept
    : hook_(std::move(hook)),
      program_(std::move(program)),
      fd_(std::move(fd)),
      event_(std::move(event)) {}

void Link::detach() noexcept {
  fd_.reset();
  event_.reset();
}

void detach_all(std::vector<Link> links) noexcept {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < links.size(); i = next++) links[i].detach();
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
