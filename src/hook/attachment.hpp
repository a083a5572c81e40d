// hook/attachment.hpp: what a link holds, and how it is undone.
#pragma once

#include <string_view>
#include <vector>

#include "skep/fd.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::hook {

// Its destructor detaches, if that was not done before.
class Attachment {
 public:
  Attachment() = default;
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  virtual ~Attachment() = default;

  // The descriptor that stands for it, or -1.
  [[nodiscard]] virtual int fd() const noexcept = 0;
  [[nodiscard]] virtual bool is_bpf_link() const noexcept { return false; }
  // Whether it is one bpf_link and nothing else: what can be pinned, updated and asked as such.
  [[nodiscard]] virtual bool is_single_link() const noexcept { return false; }
  // Told when it is pinned, and when not any more: what it has lent from the object stays in use.
  virtual void set_pinned(bool /*pinned*/) noexcept {}
  // What it is where there is no bpf_link, and how long it lasts: for refusals.
  [[nodiscard]] virtual std::string_view nature() const noexcept = 0;

  // What is known of it. Errors: unsupported where the kernel does not tell, in words.
  [[nodiscard]] virtual Result<LinkInfo> info() const;
  // Detaches now; afterwards there is nothing to do. Errors: what the kernel says; busy when the
  // hook holds somebody else's by now, which stays.
  virtual Result<void> undo() = 0;
  // Puts another program in the place of this one. Errors: unsupported where that cannot be done in
  // one step, in words.
  virtual Result<void> replace(const Program& program);
};

// Undone by closing descriptors: bpf_links, or perf events. A perf hook on every CPU has one each,
// and uprobes that are hung one by one.
class Descriptors final : public Attachment {
 public:
  Descriptors(std::vector<Fd> fds, bool are_links) noexcept
      : fds_(std::move(fds)), are_links_(are_links) {}

  [[nodiscard]] int fd() const noexcept override { return fds_.empty() ? -1 : fds_.front().get(); }
  [[nodiscard]] bool is_bpf_link() const noexcept override { return are_links_; }
  [[nodiscard]] bool is_single_link() const noexcept override {
    return are_links_ && fds_.size() == 1;
  }
  [[nodiscard]] std::string_view nature() const noexcept override;
  Result<void> undo() override;

 private:
  std::vector<Fd> fds_;
  bool are_links_;
};

}  // namespace skep::hook
