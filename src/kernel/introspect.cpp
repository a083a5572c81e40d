#include "skep/introspect.hpp"

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/info.hpp"
#include "kernel/link_info.hpp"

namespace skep {
namespace {

using kernel::Thing;

kernel::Syscalls& seam(kernel::Syscalls* syscalls) {
  return syscalls != nullptr ? *syscalls : kernel::real_syscalls();
}

template <typename Loaded, typename Read>
Result<void> visit_each(kernel::Syscalls* syscalls, Thing thing, const Visit<Loaded>& visit,
                        Read read) {
  auto& sys = seam(syscalls);
  return kernel::each(sys, thing, [&](std::uint32_t, Fd fd) -> Result<bool> {
    SKEP_TRY(auto info, read(sys, fd.get()));
    return visit(Loaded{std::move(fd), std::move(info)});
  });
}

Result<TypesInfo> read_types_info(kernel::Syscalls& sys, int fd) {
  char name[64] = {};  // MODULE_NAME_LEN is 56
  kernel::TypesInfoRecord record;
  record.name = kernel::address_of(name);
  record.name_length = sizeof(name);
  kernel::InfoAttributes attributes;
  attributes.fd = static_cast<std::uint32_t>(fd);
  attributes.length = sizeof(record);
  attributes.info = kernel::address_of(&record);
  const long result = kernel::call_bpf(sys, kernel::Command::info_by_fd, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "ask for the info of a BTF");
  return TypesInfo{.id = record.id,
                   .name = std::string(name, ::strnlen(name, sizeof(name))),
                   .bytes = record.size,
                   .is_kernels = record.is_kernels != 0};
}

template <typename Info, typename Loaded>
Result<std::vector<Info>> list(Result<void> (*walk)(const Visit<Loaded>&, kernel::Syscalls*),
                               kernel::Syscalls* syscalls) {
  std::vector<Info> out;
  SKEP_CHECK(walk(
      [&](Loaded loaded) {
        out.push_back(std::move(loaded.info));
        return Result<bool>(true);
      },
      syscalls));
  return out;
}

}  // namespace

Result<void> visit_programs(const Visit<LoadedProgram>& visit, kernel::Syscalls* syscalls) {
  return visit_each(syscalls, Thing::program, visit, kernel::read_program_info);
}

Result<void> visit_maps(const Visit<LoadedMap>& visit, kernel::Syscalls* syscalls) {
  return visit_each(syscalls, Thing::map, visit, kernel::read_map_info);
}

Result<void> visit_links(const Visit<LoadedLink>& visit, kernel::Syscalls* syscalls) {
  return visit_each(syscalls, Thing::link, visit, kernel::read_link_info);
}

Result<void> visit_types(const Visit<LoadedTypes>& visit, kernel::Syscalls* syscalls) {
  return visit_each(syscalls, Thing::types, visit, read_types_info);
}

Result<std::vector<ProgramInfo>> list_programs(kernel::Syscalls* syscalls) {
  return list<ProgramInfo>(visit_programs, syscalls);
}

Result<std::vector<MapInfo>> list_maps(kernel::Syscalls* syscalls) {
  return list<MapInfo>(visit_maps, syscalls);
}

Result<std::vector<LinkInfo>> list_links(kernel::Syscalls* syscalls) {
  return list<LinkInfo>(visit_links, syscalls);
}

Result<std::vector<TypesInfo>> list_types(kernel::Syscalls* syscalls) {
  return list<TypesInfo>(visit_types, syscalls);
}

Result<RunStatistics> RunStatistics::enable(kernel::Syscalls* syscalls) {
  kernel::EnableStatsAttributes attributes;
  const long result = kernel::call_bpf(seam(syscalls), kernel::Command::enable_stats, attributes);
  if (result >= 0) return RunStatistics(kernel::adopt(result));
  Error error = Error::from_errno(static_cast<int>(-result), "count the runs of programs");
  if (result == -EINVAL) {
    error = std::move(error)
                .as(ErrorKind::unsupported)
                .hint("Before kernel 5.8: sysctl kernel.bpf_stats_enabled=1.");
  } else if (result == -EPERM) {
    error = std::move(error).hint("It takes CAP_SYS_ADMIN.");
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep
