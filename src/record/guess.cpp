// record/kind.hpp: what names tell. A word here is one that programs in the field use for one
// thing.
#include <algorithm>
#include <array>
#include <span>

#include "record/kind.hpp"

namespace skep::record {
namespace {

using Words = std::span<const std::string_view>;

bool is_one_of(std::string_view name, Words words) {
  return std::ranges::find(words, name) != words.end();
}

constexpr std::array<std::string_view, 23> address_names{
    "saddr",   "daddr",    "laddr",   "raddr",     "src_ip",    "dst_ip",    "sip",      "dip",
    "ip4",     "ipv4",     "addr_v4", "saddr_v4",  "daddr_v4",  "src_addr",  "dst_addr", "src_ip4",
    "dst_ip4", "local_ip", "s_addr",  "remote_ip", "client_ip", "server_ip", "ip_addr"};
constexpr std::array<std::string_view, 13> address6_names{
    "ip6",      "ipv6",    "saddr6",  "daddr6", "addr_v6", "saddr_v6", "daddr_v6",
    "src_addr", "src_ip6", "dst_ip6", "laddr6", "raddr6",  "dst_addr"};
constexpr std::array<std::string_view, 16> text_names{
    "comm", "task",    "command", "filename", "fname", "pathname", "path",    "name",
    "line", "message", "msg",     "text",     "str",   "string",   "cmdline", "ifname"};
constexpr std::array<std::string_view, 6> end_names{"source", "dest", "src",
                                                    "dst",    "addr", "address"};
constexpr std::array<std::string_view, 4> family_names{"family", "sa_family", "af", "skc_family"};
constexpr std::array<std::string_view, 6> protocol_names{"protocol", "proto",       "ip_proto",
                                                         "l4_proto", "ip_protocol", "nexthdr"};
constexpr std::array<std::string_view, 4> state_names{"oldstate", "newstate", "tcp_state",
                                                      "sk_state"};
constexpr std::array<std::string_view, 4> signal_names{"sig", "signal", "signo", "exit_signal"};
constexpr std::array<std::string_view, 3> error_names{"err", "errno", "error"};
constexpr std::array<std::string_view, 2> capability_names{"cap", "capability"};
constexpr std::array<std::string_view, 6> cgroup_names{"cgroup", "cgroup_id",  "cgroupid",
                                                       "cgid",   "cgroup_key", "cgrp_id"};
constexpr std::array<std::string_view, 5> system_call_names{"syscall", "syscall_nr", "syscall_id",
                                                            "sysno", "sys_nr"};
constexpr std::array<std::string_view, 8> pointer_names{
    "skaddr", "sk_addr", "sock_addr", "kaddr", "addr", "address", "ptr", "skbaddr"};
constexpr std::array<std::string_view, 6> mac_names{"mac",  "src_mac", "dst_mac",
                                                    "smac", "dmac",    "mac_addr"};

// "delta_us", "lat_ns": with a unit behind a word for what takes time.
std::optional<Meaning> guess_duration(std::string_view name) {
  constexpr std::array<std::string_view, 11> words{"delta",   "dur",        "duration",  "lat",
                                                   "latency", "elapsed",    "wait",      "runtime",
                                                   "took",    "total_time", "time_spent"};
  constexpr std::array units{std::pair{"_ns", Meaning::duration_ns},
                             std::pair{"_us", Meaning::duration_us},
                             std::pair{"_ms", Meaning::duration_ms}};
  for (const auto& [suffix, meaning] : units) {
    if (!name.ends_with(suffix)) continue;
    auto stem = name.substr(0, name.size() - 3);
    if (is_one_of(stem, words)) return meaning;
    const auto last = stem.rfind('_');
    if (last != std::string_view::npos && is_one_of(stem.substr(last + 1), words)) return meaning;
  }
  return std::nullopt;
}

std::optional<Meaning> guess_by_typedef(std::string_view type, std::string_view name) {
  const auto has = [name](std::string_view part) { return name.find(part) != name.npos; };
  if (type == "__be16" && (has("port") || has("source") || has("dest"))) return Meaning::port_be;
  if (type == "__be16" && has("proto")) return Meaning::ether_type;
  if (type == "__be32" && !has("seq")) return Meaning::ip4;
  if (type == "dev_t" || type == "__kernel_dev_t") return Meaning::device;
  if (type == "umode_t") return Meaning::file_mode;
  if (type == "sa_family_t" || type == "__kernel_sa_family_t") return Meaning::family;
  return std::nullopt;
}

std::optional<Meaning> guess_bytes(std::string_view name, const Column& column) {
  if (is_one_of(name, mac_names)) return Meaning::mac;
  if (name == "h_source" || name == "h_dest") return Meaning::mac;
  const bool is_address = is_one_of(name, address6_names) || is_one_of(name, address_names);
  if (is_address) return can_be(column, Meaning::ip4) ? Meaning::ip4 : Meaning::ip6;
  const bool is_end = is_one_of(name, end_names) && can_be(column, Meaning::ip4);
  if (is_end && column.size == 1) return Meaning::ip4;  // u8[4]
  const bool is_octets = column.size == 1 && column.meaning == Meaning::unsigned_integer;
  if (is_octets && is_one_of(name, text_names)) return Meaning::text;
  return std::nullopt;
}

std::optional<Meaning> guess_number(std::string_view name, const Column& column) {
  if (column.size == 4 && is_one_of(name, address_names)) return Meaning::ip4;
  if (column.size <= 4 && is_one_of(name, family_names)) return Meaning::family;
  if (column.size == 1 && is_one_of(name, protocol_names)) return Meaning::ip_protocol;
  if (column.size <= 4 && is_one_of(name, state_names)) return Meaning::tcp_state;
  if (column.size <= 4 && is_one_of(name, signal_names)) return Meaning::signal;
  if (column.is_signed && is_one_of(name, error_names)) return Meaning::result;
  if (column.size == 4 && is_one_of(name, capability_names)) return Meaning::capability;
  if (column.size == 8 && is_one_of(name, cgroup_names)) return Meaning::cgroup;
  if (column.size == 8 && is_one_of(name, pointer_names)) return Meaning::pointer;
  if (column.size >= 4 && is_one_of(name, system_call_names)) return Meaning::system_call;
  return guess_duration(name);
}

}  // namespace

std::optional<Meaning> guess(std::string_view name, const std::vector<std::string_view>& typedefs,
                             const Column& column) {
  const bool is_plain =
      column.meaning == Meaning::unsigned_integer || column.meaning == Meaning::signed_integer;
  if (!is_plain || column.bit_size != 0) return std::nullopt;
  if (!column.dimensions.empty()) return guess_bytes(name, column);
  for (const auto type : typedefs) {
    if (const auto meaning = guess_by_typedef(type, name)) return meaning;
  }
  if (column.size == 16) return guess_bytes(name, column);
  return guess_number(name, column);
}

}  // namespace skep::record
