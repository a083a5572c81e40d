// record/names.hpp: what sockets and packets call their numbers.
#include <array>

#include "record/names.hpp"

namespace skep::record {
namespace {

struct Number {
  std::uint64_t value;
  std::string_view name;
};

template <std::size_t Count>
std::string_view find(const std::array<Number, Count>& names, std::uint64_t value) noexcept {
  for (const auto& entry : names) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

// include/linux/socket.h: one after the other from 0 on.
constexpr std::array<std::string_view, 46> families{
    "AF_UNSPEC",     "AF_UNIX",      "AF_INET",     "AF_AX25",  "AF_IPX",     "AF_APPLETALK",
    "AF_NETROM",     "AF_BRIDGE",    "AF_ATMPVC",   "AF_X25",   "AF_INET6",   "AF_ROSE",
    "AF_DECnet",     "AF_NETBEUI",   "AF_SECURITY", "AF_KEY",   "AF_NETLINK", "AF_PACKET",
    "AF_ASH",        "AF_ECONET",    "AF_ATMSVC",   "AF_RDS",   "AF_SNA",     "AF_IRDA",
    "AF_PPPOX",      "AF_WANPIPE",   "AF_LLC",      "AF_IB",    "AF_MPLS",    "AF_CAN",
    "AF_TIPC",       "AF_BLUETOOTH", "AF_IUCV",     "AF_RXRPC", "AF_ISDN",    "AF_PHONET",
    "AF_IEEE802154", "AF_CAIF",      "AF_ALG",      "AF_NFC",   "AF_VSOCK",   "AF_KCM",
    "AF_QIPCRTR",    "AF_SMC",       "AF_XDP",      "AF_MCTP"};

// include/linux/net.h
constexpr std::array socket_types{Number{1, "SOCK_STREAM"},    Number{2, "SOCK_DGRAM"},
                                  Number{3, "SOCK_RAW"},       Number{4, "SOCK_RDM"},
                                  Number{5, "SOCK_SEQPACKET"}, Number{6, "SOCK_DCCP"},
                                  Number{10, "SOCK_PACKET"}};

// IANA, Assigned Internet Protocol Numbers: those that Linux speaks (include/uapi/linux/in.h).
constexpr std::array protocols{
    Number{0, "IP"},       Number{1, "ICMP"},      Number{2, "IGMP"},   Number{4, "IPIP"},
    Number{6, "TCP"},      Number{17, "UDP"},      Number{33, "DCCP"},  Number{41, "IPV6"},
    Number{43, "ROUTING"}, Number{44, "FRAGMENT"}, Number{47, "GRE"},   Number{50, "ESP"},
    Number{51, "AH"},      Number{58, "ICMPV6"},   Number{59, "NONE"},  Number{60, "DSTOPTS"},
    Number{89, "OSPF"},    Number{103, "PIM"},     Number{112, "VRRP"}, Number{115, "L2TP"},
    Number{132, "SCTP"},   Number{136, "UDPLITE"}, Number{137, "MPLS"}, Number{143, "ETHERNET"},
    Number{255, "RAW"}};

// IANA, IEEE 802 Numbers.
constexpr std::array ether_types{
    Number{0x0003, "ALL"},    Number{0x0800, "IPv4"},  Number{0x0806, "ARP"},
    Number{0x8035, "RARP"},   Number{0x8100, "VLAN"},  Number{0x86dd, "IPv6"},
    Number{0x8847, "MPLS"},   Number{0x8863, "PPPoE"}, Number{0x8864, "PPPoE"},
    Number{0x888e, "EAPOL"},  Number{0x88a8, "QinQ"},  Number{0x88cc, "LLDP"},
    Number{0x88e5, "MACsec"}, Number{0x88f7, "PTP"}};

// include/net/tcp_states.h, from 1 on.
constexpr std::array<std::string_view, 14> tcp_states{
    "",      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV", "BOUND_INACTIVE"};

}  // namespace

std::string_view name_of_family(std::uint64_t number) noexcept {
  return number < families.size() ? families[number] : std::string_view();
}

std::string_view name_of_socket_type(std::uint64_t number) noexcept {
  return find(socket_types, number);
}

std::string_view name_of_protocol(std::uint64_t number) noexcept { return find(protocols, number); }

std::string_view name_of_ether_type(std::uint64_t number) noexcept {
  return find(ether_types, number);
}

std::string_view name_of_tcp_state(std::uint64_t number) noexcept {
  return number < tcp_states.size() ? tcp_states[number] : std::string_view();
}

}  // namespace skep::record
