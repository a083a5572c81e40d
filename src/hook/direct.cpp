#include "hook/direct.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "hook/attachment.hpp"
#include "hook/holder.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link.hpp"

namespace skep::hook {
namespace {

class Directly final : public Attachment {
 public:
  Directly(kernel::Syscalls& sys, Direct direct, Fd program, std::uint32_t id) noexcept
      : sys_(sys), direct_(std::move(direct)), program_(std::move(program)), id_(id) {}
  Directly(const Directly&) = delete;
  Directly& operator=(const Directly&) = delete;
  ~Directly() override { static_cast<void>(undo()); }

  [[nodiscard]] int fd() const noexcept override { return direct_.target.get(); }
  [[nodiscard]] std::string_view nature() const noexcept override { return direct_.nature; }
  // It never was attached.
  void forget() noexcept { direct_.target.reset(); }
  Result<void> undo() override {
    if (!direct_.target) return {};
    const Fd target = std::move(direct_.target);
    if (direct_.is_exclusive) {
      const auto there = kernel::query_programs(sys_, target.get(), direct_.attach_type);
      if (there && std::ranges::find(*there, id_) == there->end()) {
        return fail(ErrorKind::busy, "there is {} by now: it was left alone",
                    there->empty() ? "no program" : describe_programs(sys_, *there));
      }
    }
    return kernel::detach_program(sys_, program_.get(), target.get(), direct_.attach_type);
  }

 private:
  kernel::Syscalls& sys_;
  Direct direct_;
  Fd program_;
  std::uint32_t id_;
};

}  // namespace

Result<Link> attach_directly(const Program& program, Hook hook, Direct direct,
                             kernel::Syscalls& sys) {
  if (direct.is_exclusive) {
    const auto there = kernel::query_programs(sys, direct.target.get(), direct.attach_type);
    if (there && !there->empty()) {
      Error error(ErrorKind::busy,
                  fmt::format("it holds {} already", describe_programs(sys, *there)));
      return std::unexpected(std::move(error).hint("Detach that one first."));
    }
  }
  SKEP_TRY(const auto id, program.id());
  SKEP_TRY(Fd own, kernel::duplicate(program.fd()));
  const int target = direct.target.get();
  const auto type = direct.attach_type, flags = direct.flags;
  auto attachment = std::make_unique<Directly>(sys, std::move(direct), std::move(own), id);
  auto attached = kernel::attach_program(sys, program.fd(), target, type, flags);
  if (attached) return Link(std::move(hook), std::string(program.name()), std::move(attachment));
  attachment->forget();
  return std::unexpected(std::move(attached).error());
}

}  // namespace skep::hook
