#include "kernel/info.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/fdinfo.hpp"

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
    case Thing::types:
      return {"BTF object", Command::types_by_id, Command::types_next_id};
    case Thing::link:
      break;
  }
  return {"link", Command::link_by_id, Command::link_next_id};
}

std::string text_of(const char (&name)[name_length]) {
  return std::string(name, ::strnlen(name, sizeof(name)));
}

// A number of fdinfo, or 0.
std::uint64_t number_in(const std::map<std::string, std::string, std::less<>>& says,
                        std::string_view name) {
  std::uint64_t value = 0;
  if (const auto line = says.find(name); line != says.end()) {
    std::from_chars(line->second.data(), line->second.data() + line->second.size(), value);
  }
  return value;
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

Result<ProgramInfo> read_program_info(Syscalls& sys, int fd) {
  SKEP_TRY(const auto record, program_info(sys, fd));
  std::vector<std::uint32_t> maps(record.map_count);
  if (!maps.empty()) {
    const ProgramInfoRecord asked{.map_count = record.map_count,
                                  .map_ids = address_of(maps.data())};
    SKEP_TRY(const auto again, info(sys, fd, "program", asked));
    maps.resize(std::min<std::size_t>(maps.size(), again.map_count));
  }
  ProgramInfo out{
      .id = record.id,
      .name = text_of(record.name),
      .type = static_cast<ProgramType>(record.type),
      .loaded = std::chrono::nanoseconds(record.load_time),
      .user = record.created_by_uid,
      .gpl_compatible = (record.gpl_compatible & 1) != 0,
      .interface = record.ifindex,
      .translated_bytes = record.translated_length,
      .jited_bytes = record.jited_length,
      .types_id = record.types_id,
      .map_ids = std::move(maps),
      .run_count = record.run_count,
      .run_time_ns = record.run_time,
      .recursion_misses = record.recursion_misses,
      .verified_instructions = record.verified_instructions,
  };
  std::copy(std::begin(record.tag), std::end(record.tag), out.tag.begin());
  if (const auto says = read_fdinfo(sys, fd)) out.memlock = number_in(*says, "memlock");
  return out;
}

Result<MapInfo> read_map_info(Syscalls& sys, int fd) {
  SKEP_TRY(const auto record, map_info(sys, fd));
  SKEP_TRY(const auto says, read_fdinfo(sys, fd));
  return MapInfo{
      .id = record.id,
      .name = text_of(record.name),
      .type = static_cast<MapType>(record.type),
      .key_size = record.key_size,
      .value_size = record.value_size,
      .max_entries = record.max_entries,
      .flags = record.flags,
      .extra = record.extra,
      .memlock = number_in(says, "memlock"),
      .frozen = number_in(says, "frozen") != 0,
  };
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
    if (result < 0) {
      auto error =
          Error::from_errno(static_cast<int>(-result), fmt::format("list {}s", commands.name));
      if (result == -EPERM) error = std::move(error).hint("It takes CAP_SYS_ADMIN.");
      return std::unexpected(std::move(error));
    }
    ids.push_back(attributes.next);
  }
}

Result<void> each(Syscalls& sys, Thing thing,
                  const std::function<Result<bool>(std::uint32_t id, Fd fd)>& visit) {
  SKEP_TRY(const auto ids, all_ids(sys, thing));
  for (const auto id : ids) {
    auto opened = open_by_id(sys, thing, id);
    if (!opened) {
      const int code = opened.error().code();
      if (code == ENOENT || code == EAGAIN) continue;
      return std::unexpected(std::move(opened).error());
    }
    SKEP_TRY(const bool more, visit(id, *std::move(opened)));
    if (!more) break;
  }
  return {};
}

}  // namespace skep::kernel
