// hook/attachment.hpp: what a link holds, and how it is undone.
#pragma once

#include <vector>

#include "skep/fd.hpp"

namespace skep::hook {

// Its destructor detaches.
class Attachment {
 public:
  Attachment() = default;
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  virtual ~Attachment() = default;

  // The descriptor that stands for it, or -1.
  [[nodiscard]] virtual int fd() const noexcept = 0;
  [[nodiscard]] virtual bool is_bpf_link() const noexcept { return false; }
};

// Undone by closing descriptors: bpf_links, or perf events. A perf hook on every CPU has one each.
class Descriptors final : public Attachment {
 public:
  Descriptors(std::vector<Fd> fds, bool are_links) noexcept
      : fds_(std::move(fds)), are_links_(are_links) {}

  [[nodiscard]] int fd() const noexcept override { return fds_.empty() ? -1 : fds_.front().get(); }
  [[nodiscard]] bool is_bpf_link() const noexcept override { return are_links_; }

 private:
  std::vector<Fd> fds_;
  bool are_links_;
};

}  // namespace skep::hook
