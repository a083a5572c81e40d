#include "record/namer.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <array>
#include <climits>
#include <fstream>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "hook/cgroup_path.hpp"
#include "kernel/info.hpp"
#include "kernel/syscalls.hpp"
#include "record/names.hpp"
#include "record/number.hpp"
#include "record/syscall.hpp"
#include "record/text.hpp"

namespace skep::record {
namespace {

constexpr std::size_t longest_entry = std::size_t{16} * 1024;  // bytes of a line of passwd(5)

std::string user_name(std::uint64_t id) {
  std::array<char, longest_entry> room;
  passwd entry{}, *found = nullptr;
  ::getpwuid_r(static_cast<uid_t>(id), &entry, room.data(), room.size(), &found);
  return found == nullptr ? "" : found->pw_name;
}

std::string group_name(std::uint64_t id) {
  std::array<char, longest_entry> room;
  group entry{}, *found = nullptr;
  ::getgrgid_r(static_cast<gid_t>(id), &entry, room.data(), room.size(), &found);
  return found == nullptr ? "" : found->gr_name;
}

// As the hierarchy has it, without where that is mounted.
std::string cgroup_path(std::uint64_t id) {
  auto& sys = kernel::real_syscalls();
  const auto root = hook::cgroup_root(sys);
  const auto path = hook::cgroup_of_id(sys, id);
  if (!root || !path) return {};
  return path->size() <= root->size() ? "/" : path->substr(root->size());
}

// Ids are not used again as long as the machine runs.
std::string program_name(std::uint64_t id) {
  auto& sys = kernel::real_syscalls();
  const auto fd = kernel::open_by_id(sys, kernel::Thing::program, static_cast<std::uint32_t>(id));
  if (!fd) return {};
  const auto info = kernel::read_program_info(sys, fd->get());
  return info ? info->name : std::string();
}

std::string map_name(std::uint64_t id) {
  auto& sys = kernel::real_syscalls();
  const auto fd = kernel::open_by_id(sys, kernel::Thing::map, static_cast<std::uint32_t>(id));
  if (!fd) return {};
  const auto info = kernel::read_map_info(sys, fd->get());
  return info ? info->name : std::string();
}

bool write_process(Writer& out, std::uint64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/comm", pid));
  std::string name;
  if (pid > INT_MAX || !std::getline(file, name)) return false;
  out.wrote(write_decimal(out.room(20), pid));
  out.put(" (");
  write_visible_text(out, name);
  out.put(')');
  return true;
}

bool write_device(Writer& out, std::uint64_t number) {
  constexpr unsigned minor_bits = 20;  // include/linux/kdev_t.h
  out.wrote(write_decimal(out.room(20), number >> minor_bits));
  out.put(':');
  out.wrote(write_decimal(out.room(20), number & ((1U << minor_bits) - 1)));
  return true;
}

bool write_known(Writer& out, std::string_view name) {
  if (name.empty()) return false;
  out.put(name);
  return true;
}

}  // namespace

bool is_named(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::family:
    case Meaning::socket_type:
    case Meaning::ip_protocol:
    case Meaning::ether_type:
    case Meaning::tcp_state:
    case Meaning::capability:
    case Meaning::system_call:
    case Meaning::device:
    case Meaning::user_name:
    case Meaning::group_name:
    case Meaning::process:
    case Meaning::cgroup:
    case Meaning::bpf_program:
    case Meaning::bpf_map:
      return true;
    default:
      return false;
  }
}

// A name of others' making may hold anything.
template <typename Find>
bool Namer::write_once(Writer& out, Names& names, std::uint64_t value, Find find) {
  auto known = names.find(value);
  if (known == names.end()) known = names.emplace(value, find(value)).first;
  if (known->second.empty()) return false;
  write_visible_text(out, known->second);
  return true;
}

bool Namer::write(Writer& out, Meaning meaning, std::uint64_t value) {
  switch (meaning) {
    case Meaning::family:
      return write_known(out, name_of_family(value));
    case Meaning::socket_type:
      return write_known(out, name_of_socket_type(value));
    case Meaning::ip_protocol:
      return write_known(out, name_of_protocol(value));
    case Meaning::ether_type:
      return write_known(out,
                         name_of_ether_type(__builtin_bswap16(static_cast<std::uint16_t>(value))));
    case Meaning::tcp_state:
      return write_known(out, name_of_tcp_state(value));
    case Meaning::capability:
      return write_known(out, name_of_capability(value));
    case Meaning::system_call:
      return write_once(out, system_calls_, value, name_of_syscall);
    case Meaning::device:
      return write_device(out, value);
    case Meaning::user_name:
      return write_once(out, users_, value, user_name);
    case Meaning::group_name:
      return write_once(out, groups_, value, group_name);
    case Meaning::process:
      return write_process(out, value);
    case Meaning::cgroup:
      return write_once(out, cgroups_, value, cgroup_path);
    case Meaning::bpf_program:
      return write_once(out, programs_, value, program_name);
    case Meaning::bpf_map:
      return write_once(out, maps_, value, map_name);
    default:
      return false;
  }
}

}  // namespace skep::record
