#include "kernel/info.hpp"

#include <cerrno>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"

namespace skep::kernel {
namespace {

template <typename Record>
Result<Record> info(Syscalls& sys, int fd, const char* what, Record record = {}) {
  InfoAttributes attributes;
  attributes.fd = static_cast<std::uint32_t>(fd);
  attributes.length = sizeof(Record);
  attributes.info = address_of(&record);
  const long result = call_bpf(sys, Command::info_by_fd, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "ask for the info of a {}", what);
  return record;
}

struct Commands {
  const char* name;
  Command by_id, next_id;
};

Commands commands_of(Thing thing) {
  switch (thing) {
    case Thing::program:
      return {"program", Command::program_by_id, Command::program_next_id};
    case Thing::map:
      return {"map", Command::map_by_id, Command::map_next_id};
    case Thing::link:
      break;
  }
  return {"link", Command::link_by_id, Command::link_next_id};
}

}  // namespace

Result<ProgramInfoRecord> program_info(Syscalls& sys, int fd) {
  return info<ProgramInfoRecord>(sys, fd, "program");
}

Result<MapInfoRecord> map_info(Syscalls& sys, int fd) {
  return info<MapInfoRecord>(sys, fd, "map");
}

Result<LinkInfoRecord> link_info(Syscalls& sys, int fd, LinkInfoRecord asked) {
  return info<LinkInfoRecord>(sys, fd, "link", asked);
}

Result<std::vector<std::byte>> types_bytes(Syscalls& sys, int fd) {
  constexpr std::uint32_t limit = 64U << 20;
  SKEP_TRY(const auto first, info<TypesInfoRecord>(sys, fd, "BTF"));
  if (first.size > limit) {
    return fail(ErrorKind::limit, "a BTF of {} bytes, more than {}", first.size, limit);
  }
  std::vector<std::byte> bytes(first.size);
  const TypesInfoRecord asked{.types = address_of(bytes), .size = first.size};
  SKEP_TRY(const auto second, info(sys, fd, "BTF", asked));
  if (second.size < bytes.size()) bytes.resize(second.size);
  return bytes;
}

Result<Btf> read_types(Syscalls& sys, std::uint32_t id) {
  IdAttributes attributes;
  attributes.id = id;
  const long result = call_bpf(sys, Command::types_by_id, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "open BTF {}", id);
  const Fd fd = adopt(result);
  SKEP_TRY(auto bytes, types_bytes(sys, fd.get()));
  return Btf::parse(std::move(bytes));
}

Result<Fd> open_by_id(Syscalls& sys, Thing thing, std::uint32_t id) {
  const Commands commands = commands_of(thing);
  IdAttributes attributes;
  attributes.id = id;
  const long result = call_bpf(sys, commands.by_id, attributes);
  if (result >= 0) return adopt(result);
  return fail_errno(static_cast<int>(-result), "open {} {}", commands.name, id);
}

Result<bool> exists(Syscalls& sys, Thing thing, std::uint32_t id) {
  auto opened = open_by_id(sys, thing, id);
  if (opened) return true;
  // EAGAIN: a link that is not settled yet (bpf_link_by_id in kernel/bpf/syscall.c)
  if (opened.error().code() == EAGAIN) return true;
  if (opened.error().code() == ENOENT) return false;
  return std::unexpected(std::move(opened).error());
}

Result<std::vector<std::uint32_t>> all_ids(Syscalls& sys, Thing thing) {
  const Commands commands = commands_of(thing);
  std::vector<std::uint32_t> ids;
  for (IdAttributes attributes;; attributes.id = attributes.next) {
    const long result = call_bpf(sys, commands.next_id, attributes);
    if (result == -ENOENT) return ids;
    if (result < 0) return fail_errno(static_cast<int>(-result), "list {}s", commands.name);
    ids.push_back(attributes.next);
  }
}

}  // namespace skep::kernel
