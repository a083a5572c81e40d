// kernel/info.hpp: what the kernel says of a program, map or link that it holds.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/bpf.hpp"
#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

[[nodiscard]] Result<ProgramInfoRecord> program_info(Syscalls& sys, int fd);
[[nodiscard]] Result<MapInfoRecord> map_info(Syscalls& sys, int fd);
// `asked` may hold the addresses of buffers that the kernel fills in (kernel/link_info.cpp).
[[nodiscard]] Result<LinkInfoRecord> link_info(Syscalls& sys, int fd, LinkInfoRecord asked = {});

// The bytes of a BTF that the kernel holds, at most 64 MiB.
[[nodiscard]] Result<std::vector<std::byte>> types_bytes(Syscalls& sys, int fd);

// The types that a program or a map was made with, by the id that its info says. Needs
// CAP_SYS_ADMIN.
[[nodiscard]] Result<Btf> read_types(Syscalls& sys, std::uint32_t id);

enum class Thing : std::uint8_t { program, map, link };

// A descriptor of what has this id. Errors: not_found when nothing has it. Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<Fd> open_by_id(Syscalls& sys, Thing thing, std::uint32_t id);

// Whether the kernel still holds it. The kernel frees things some time after the last descriptor
// was closed (RCU), so poll with a deadline.
[[nodiscard]] Result<bool> exists(Syscalls& sys, Thing thing, std::uint32_t id);

// All ids, ascending. Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<std::vector<std::uint32_t>> all_ids(Syscalls& sys, Thing thing);

}  // namespace skep::kernel
