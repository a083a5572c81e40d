// kernel/info.hpp: what the kernel says of a program, map or link that it holds.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "kernel/bpf.hpp"
#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

[[nodiscard]] Result<ProgramInfoRecord> program_info(Syscalls& sys, int fd);
[[nodiscard]] Result<MapInfoRecord> map_info(Syscalls& sys, int fd);
// `asked` may hold the addresses of buffers that the kernel fills in (kernel/link_info.cpp).
[[nodiscard]] Result<LinkInfoRecord> link_info(Syscalls& sys, int fd, LinkInfoRecord asked = {});

// All that users are told of them. `fd`: a descriptor of this process.
[[nodiscard]] Result<ProgramInfo> read_program_info(Syscalls& sys, int fd);
[[nodiscard]] Result<MapInfo> read_map_info(Syscalls& sys, int fd);

// The bytes of a BTF that the kernel holds, at most 64 MiB.
[[nodiscard]] Result<std::vector<std::byte>> types_bytes(Syscalls& sys, int fd);

// The types that a program or a map was made with, by the id that its info says. Needs
// CAP_SYS_ADMIN.
[[nodiscard]] Result<Btf> read_types(Syscalls& sys, std::uint32_t id);

enum class Thing : std::uint8_t { program, map, link, types };

// A descriptor of what has this id. Errors: not_found when nothing has it. Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<Fd> open_by_id(Syscalls& sys, Thing thing, std::uint32_t id);

// Whether the kernel still holds it. The kernel frees things some time after the last descriptor
// was closed (RCU), so poll with a deadline.
[[nodiscard]] Result<bool> exists(Syscalls& sys, Thing thing, std::uint32_t id);

// All ids, ascending. Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<std::vector<std::uint32_t>> all_ids(Syscalls& sys, Thing thing);

// Opens one after the other, ascending by id, until `visit` says false. What is gone by the time it
// is opened is left out, as is a link that is being made. Needs CAP_SYS_ADMIN.
[[nodiscard]] Result<void> each(Syscalls& sys, Thing thing,
                                const std::function<Result<bool>(std::uint32_t id, Fd fd)>& visit);

}  // namespace skep::kernel
