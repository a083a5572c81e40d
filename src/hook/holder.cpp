#include "hook/holder.hpp"

#include <fmt/format.h>

#include <cstring>

#include "kernel/info.hpp"

namespace skep::hook {
namespace {

std::string describe_program(kernel::Syscalls& sys, std::uint32_t id) {
  const auto fd = kernel::open_by_id(sys, kernel::Thing::program, id);
  if (!fd) return fmt::format("program {}", id);
  const auto info = kernel::program_info(sys, fd->get());
  if (!info) return fmt::format("program {}", id);
  std::string tag;
  for (const auto byte : info->tag) tag += fmt::format("{:02x}", byte);
  const std::string_view name(info->name, ::strnlen(info->name, sizeof(info->name)));
  return fmt::format("program {} ('{}', tag {})", id, name, tag);
}

}  // namespace

std::string holder_of_xdp(kernel::Syscalls& sys, std::uint32_t index) {
  const auto ids = kernel::all_ids(sys, kernel::Thing::link);
  if (ids) {
    for (const auto id : *ids) {
      const auto fd = kernel::open_by_id(sys, kernel::Thing::link, id);
      if (!fd) continue;
      const auto info = kernel::link_info(sys, fd->get());
      if (!info || info->type != kernel::link_type_xdp || info->target[0] != index) continue;
      return fmt::format(": link {} holds it with {}.", id,
                         describe_program(sys, info->program_id));
    }
  }
  return ", and it has one that no link holds: `ip link show` names it, `ip link set … xdp off` "
         "removes it.";
}

}  // namespace skep::hook
