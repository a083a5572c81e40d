// struct_ops maps: a table of functions that a part of the kernel calls, registered as a whole
// (kernel/bpf/bpf_struct_ops.c).
#include <cerrno>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/attachment.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link.hpp"

namespace skep {
namespace {

// Registered by writing the map, where the kernel or the map has no link.
class Registered final : public hook::Attachment {
 public:
  Registered(kernel::Syscalls& sys, Fd map) noexcept : sys_(sys), map_(std::move(map)) {}
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  ~Registered() override { static_cast<void>(undo()); }
  [[nodiscard]] int fd() const noexcept override { return map_.get(); }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it was registered by writing the map (no BPF_F_LINK, kernel 6.4), which lasts until it "
           "is taken out or the map is gone";
  }
  Result<void> undo() override {
    if (!map_) return {};
    auto done = kernel::unregister_struct_ops(sys_, map_.get());
    map_.reset();
    return done;
  }

 private:
  kernel::Syscalls& sys_;
  Fd map_;
};

Error explained(Error error, const Map& map) {
  switch (error.code()) {
    case EEXIST:
      return std::move(error).hint("Something of the same name is registered already.");
    case EINVAL:
      return std::move(error).hint(
          "The kernel checks what is registered: a function that it needs may be missing, or the "
          "name.");
    case EBUSY:
      return std::move(error).hint(fmt::format(
          "Map '{}' is registered; a map can be registered again when it was taken out.",
          map.name()));
    default:
      return error;
  }
}

}  // namespace

Result<Link> Map::attach() const {
  const auto doing = [&](Error error) {
    return std::unexpected(
        explained(std::move(error), *this).in(fmt::format("register struct_ops map '{}'", name())));
  };
  if (type() != MapType::struct_ops || spec_.struct_ops.empty()) {
    return fail(ErrorKind::invalid_argument, "map '{}' is no struct_ops map: it cannot be attached",
                name());
  }
  if (fd() < 0) {
    return fail(ErrorKind::invalid_argument, "map '{}' was not created: its autocreate is off",
                name());
  }
  const std::uint32_t key = 0;
  const bool by_link = (spec_.flags & kernel::map_flag_link) != 0;
  auto written = update(bytes_of(key), spec_.contents);
  // A map that a link registered once keeps its value, and can be linked again.
  const bool is_written = written || (by_link && written.error().code() == EBUSY);
  if (!is_written) return doing(std::move(written).error());
  const StructOps hook{.type = spec_.struct_ops};
  if (by_link) {
    auto link = kernel::create_struct_ops_link(*sys_, fd());
    if (!link) return doing(std::move(link).error());
    auto own = kernel::duplicate(fd());
    if (!own) return doing(std::move(own).error());
    Link made(hook, std::string(name()), *std::move(link));
    made.made_with(*sys_, *std::move(own));
    return made;
  }
  auto held = kernel::duplicate(fd());
  if (held) {
    return Link(hook, std::string(name()), std::make_unique<Registered>(*sys_, *std::move(held)));
  }
  static_cast<void>(kernel::unregister_struct_ops(*sys_, fd()));  // it fails as it is
  return doing(std::move(held).error());
}

namespace hook {

Result<Link> attach(const Program& program, const StructOps& hook, Host&) {
  Error error(ErrorKind::invalid_argument,
              fmt::format("'{}' is one function of struct {}, which is registered as a whole",
                          program.name(), hook.type));
  return std::unexpected(std::move(error).hint("Attach its map: Map::attach, Object::attach."));
}

}  // namespace hook
}  // namespace skep
