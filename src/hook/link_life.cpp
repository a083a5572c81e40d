// A link's life after it was attached: pinned, opened, updated, detached.
#include <fcntl.h>

#include <cerrno>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "hook/attachment.hpp"
#include "hook/holder.hpp"
#include "hook/link_hook.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/info.hpp"
#include "kernel/link.hpp"
#include "kernel/link_info.hpp"
#include "kernel/pin.hpp"
#include "skep/link.hpp"
#include "skep/object.hpp"

namespace skep {
namespace {

// Whether the kernel can put another program into it (update_prog of its bpf_link_ops).
bool can_update(LinkType type) noexcept {
  switch (type) {
    case LinkType::cgroup:
    case LinkType::iterator:
    case LinkType::network_namespace:
    case LinkType::xdp:
    case LinkType::struct_ops:
    case LinkType::tcx:
    case LinkType::netkit:
    case LinkType::sockmap:
      return true;
    default:
      return false;
  }
}

// "link 12 (xdp)", "a map": what stands at a path.
std::string describe_pin(kernel::Syscalls& sys, const std::filesystem::path& path) {
  const auto fd = kernel::open_pin(sys, path);
  if (!fd) return "something else";
  const auto kind = kernel::kind_of_pinned(sys, fd->get());
  if (!kind) return "something else";
  if (*kind != kernel::PinnedKind::link) return kernel::name_of(*kind);
  const auto info = kernel::link_info(sys, fd->get());
  if (!info) return "a link";
  return fmt::format("link {} ({})", info->id, name_of(static_cast<LinkType>(info->type)));
}

// Whether it is pinned there still. Errors: busy when something else is.
Result<bool> is_pinned_at(kernel::Syscalls& sys, int link, const std::filesystem::path& path) {
  SKEP_TRY(const auto own, kernel::link_info(sys, link));
  auto there = kernel::open_pin(sys, path);
  if (!there && there.error().code() == ENOENT) return false;
  if (there) {
    SKEP_TRY(const auto kind, kernel::kind_of_pinned(sys, there->get()));
    if (kind == kernel::PinnedKind::link) {
      SKEP_TRY(const auto info, kernel::link_info(sys, there->get()));
      if (info.id == own.id) return true;
    }
  }
  return fail(ErrorKind::busy, "{} holds {} by now, not link {}: it was left there", path.native(),
              describe_pin(sys, path), own.id);
}

// A link that has the pin `path`; `link` is its descriptor.
Result<void> take_pin_away(kernel::Syscalls& sys, int link, const std::filesystem::path& path) {
  SKEP_TRY(const bool is_there, is_pinned_at(sys, link, path));
  const long result = is_there ? sys.unlinkat(AT_FDCWD, path.c_str(), 0) : 0;
  if (result >= 0 || result == -ENOENT) return {};
  return fail_errno(static_cast<int>(-result), "take away the pin {}", path.native());
}

Error update_refused(kernel::Syscalls& sys, int link, Error error) {
  const auto info = kernel::link_info(sys, link);
  switch (error.code()) {
    case EPERM:
      if (!info) return error;
      return Error(ErrorKind::busy,
                   fmt::format("the link holds {} by now: somebody else has updated it",
                               hook::describe_program(sys, info->program_id)))
          .hint("Open it anew (Link::open) to take over what it holds.");
    case EINVAL:
      return std::move(error).hint(
          "The other program must have the same type and attach type as the one that is there.");
    case ENOLINK:
      return std::move(error).hint("What it was attached to (the interface, the cgroup) is gone.");
    default:
      return error;
  }
}

}  // namespace

// The descriptor of the one bpf_link that this is.
Result<int> Link::bpf_link(std::string_view to_do) const {
  if (!attachment_) return fail(ErrorKind::invalid_argument, "{}: it is detached", to_do);
  if (attachment_->is_single_link()) return fd();
  return fail(ErrorKind::unsupported, "{}: {}", to_do, attachment_->nature());
}

Result<LinkInfo> Link::info() const {
  const auto look = [&]() -> Result<LinkInfo> {
    if (attachment_ && !attachment_->is_bpf_link()) return attachment_->info();
    SKEP_TRY(const int link, bpf_link("the kernel tells only of a single bpf_link"));
    return kernel::read_link_info(syscalls(), link);
  };
  auto info = look();
  if (info) return info;
  return add_context(std::move(info).error(), "look at program '{}' at {}", program_,
                     describe(hook_));
}

Result<void> Link::pin(const std::filesystem::path& path) {
  const auto doing = [&](Error error) {
    return add_context(std::move(error), "pin program '{}' at {}", program_, describe(hook_));
  };
  auto link = bpf_link("only a single bpf_link can be pinned");
  if (!link) return doing(std::move(link).error());
  if (!pin_.empty()) {
    return doing(
        Error(ErrorKind::invalid_argument, fmt::format("it is pinned at {} already", pin_.native()))
            .hint("Unpin it first."));
  }
  auto directory = kernel::make_directory_of(syscalls(), path);
  if (!directory) return doing(std::move(directory).error());
  auto pinned = kernel::pin_object(syscalls(), *link, path);
  if (pinned) {
    pin_ = path;
    attachment_->set_pinned(true);
    return {};
  }
  if (!directory->empty()) syscalls().unlinkat(AT_FDCWD, directory->c_str(), AT_REMOVEDIR);
  Error error = std::move(pinned).error();
  if (error.code() == EEXIST) {
    error = std::move(error).hint(fmt::format("{} is there: take it away, or pin elsewhere.",
                                              describe_pin(syscalls(), path)));
  }
  return doing(std::move(error));
}

Result<void> Link::unpin() {
  if (pin_.empty()) {
    return fail(ErrorKind::invalid_argument, "unpin {}: it is not pinned", describe(hook_));
  }
  auto taken = take_pin_away(syscalls(), fd(), pin_);
  if (!taken) return add_context(std::move(taken).error(), "unpin {}", describe(hook_));
  pin_.clear();
  if (attachment_) attachment_->set_pinned(false);
  return {};
}

Result<Link> Link::open(const std::filesystem::path& path, kernel::Syscalls* syscalls) {
  auto& sys = syscalls != nullptr ? *syscalls : kernel::real_syscalls();
  const auto opened = [&]() -> Result<Link> {
    SKEP_TRY(Fd fd, kernel::open_pin(sys, path));
    SKEP_TRY(const auto kind, kernel::kind_of_pinned(sys, fd.get()));
    if (kind != kernel::PinnedKind::link) {
      return fail(ErrorKind::invalid_argument, "what is pinned at {} is {}, no link", path.native(),
                  kernel::name_of(kind));
    }
    SKEP_TRY(const auto info, kernel::read_link_info(sys, fd.get()));
    Link link(hook::hook_of(sys, info), hook::program_name(sys, info.program_id), std::move(fd));
    link.made_with(sys, Fd());
    link.expected_id_ = info.program_id;
    link.pin_ = path;
    return link;
  };
  auto link = opened();
  if (link) return link;
  Error error = std::move(link).error().in("open the pinned link");
  if (error.kind() == ErrorKind::permission) {
    error = std::move(error).hint("It takes CAP_BPF and the right to read and write the pin.");
  }
  return std::unexpected(std::move(error));
}

Result<Fd> Link::expected_program() const {
  if (expected_) return kernel::duplicate(expected_.get());
  auto fd = kernel::open_by_id(syscalls(), kernel::Thing::program, expected_id_);
  if (fd) return fd;
  Error error = std::move(fd).error();
  if (error.kind() == ErrorKind::permission) {
    error = std::move(error).hint(
        "The kernel must be told which program is to be replaced; only CAP_SYS_ADMIN may name one "
        "that another process loaded.");
  }
  if (error.code() == ENOENT) {
    return fail(ErrorKind::busy, "program {}, which it held, is gone: somebody else has updated it",
                expected_id_);
  }
  return std::unexpected(std::move(error));
}

Result<void> Link::update_to(int program, std::string name) {
  SKEP_TRY(const int link, bpf_link("only a single bpf_link can be updated"));
  SKEP_TRY(const auto info, kernel::link_info(syscalls(), link));
  const auto type = static_cast<LinkType>(info.type);
  if (!can_update(type)) {
    Error error(
        ErrorKind::unsupported,
        fmt::format("the kernel cannot change the program of a link of type {}", name_of(type)));
    return std::unexpected(std::move(error).hint("Attach the other one, then detach this one."));
  }
  SKEP_TRY(const Fd expected, expected_program());
  SKEP_TRY(Fd next, kernel::duplicate(program));
  auto updated = kernel::update_link(syscalls(), link, program, expected.get());
  if (!updated) {
    return std::unexpected(update_refused(syscalls(), link, std::move(updated).error()));
  }
  expected_ = std::move(next);
  program_ = std::move(name);
  return {};
}

Result<void> Link::update(const Program& program) {
  const auto update_it = [&]() -> Result<void> {
    const bool by_itself = attachment_ && !attachment_->is_bpf_link();
    if (!by_itself) return update_to(program.fd(), std::string(program.name()));
    SKEP_CHECK(attachment_->replace(program));
    program_ = program.name();
    return {};
  };
  auto done = update_it();
  if (done) return {};
  return add_context(std::move(done).error(), "put program '{}' in the place of '{}' at {}",
                     program.name(), program_, describe(hook_));
}

Result<void> Link::update(const Map& map) {
  const auto update_it = [&]() -> Result<void> {
    if (map.type() != MapType::struct_ops || map.fd() < 0) {
      return fail(ErrorKind::invalid_argument, "it is no struct_ops map that was created");
    }
    const std::uint32_t key = 0;
    auto written = map.update(bytes_of(key), map.spec().contents);
    // One that was registered before keeps its value.
    if (!written && written.error().code() != EBUSY) return written;
    return update_to(map.fd(), std::string(map.name()));
  };
  auto done = update_it();
  if (done) return {};
  return add_context(std::move(done).error(), "put map '{}' in the place of '{}' at {}", map.name(),
                     program_, describe(hook_));
}

Result<void> Link::detach() {
  if (!attachment_) return {};
  Result<void> done;
  if (const auto link = bpf_link(""); link) {
    // What the kernel cannot take off by force ends with the descriptor, and with the pin.
    done = kernel::detach_link(syscalls(), *link);
    const int code = done ? 0 : done.error().code();
    if (code == EOPNOTSUPP || code == EINVAL) done = {};
    if (!pin_.empty()) {
      auto unpinned = take_pin_away(syscalls(), *link, pin_);
      if (unpinned) attachment_->set_pinned(false);
      if (!unpinned) done = std::move(unpinned);
    }
  }
  auto undone = attachment_->undo();
  if (!undone) done = std::move(undone);
  attachment_.reset();
  expected_ = Fd();
  pin_.clear();
  if (done) return {};
  return add_context(std::move(done).error(), "detach program '{}' from {}", program_,
                     describe(hook_));
}

}  // namespace skep
