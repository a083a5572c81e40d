#include "hook/holder.hpp"

#include <fmt/format.h>

#include <cstring>

#include "base/text.hpp"
#include "kernel/info.hpp"
#include "skep/link.hpp"

namespace skep::hook {

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

std::string program_name(kernel::Syscalls& sys, std::uint32_t id) {
  const auto fd = kernel::open_by_id(sys, kernel::Thing::program, id);
  if (!fd) return fmt::format("program {}", id);
  const auto info = kernel::program_info(sys, fd->get());
  if (!info) return fmt::format("program {}", id);
  return {info->name, ::strnlen(info->name, sizeof(info->name))};
}

std::string describe_programs(kernel::Syscalls& sys, const std::vector<std::uint32_t>& ids) {
  std::vector<std::string> out;
  out.reserve(ids.size());
  for (const auto id : ids) out.push_back(describe_program(sys, id));
  return enumerate(out);
}

std::string holder_of_xdp(kernel::Syscalls& sys, std::uint32_t index) {
  std::string out;
  const auto looked = kernel::each(sys, kernel::Thing::link, [&](std::uint32_t id, Fd fd) {
    const auto info = kernel::link_info(sys, fd.get());
    if (!info || info->type != static_cast<std::uint32_t>(LinkType::xdp) ||
        info->target[0] != index)
      return Result<bool>(true);
    out = fmt::format(": link {} holds it with {}.", id, describe_program(sys, info->program_id));
    return Result<bool>(false);
  });
  return looked ? out : "";
}

}  // namespace skep::hook
