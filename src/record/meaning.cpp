#include "record/schema.hpp"

namespace skep::record {

std::string_view name_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::unsigned_integer:
      return "unsigned integer";
    case Meaning::signed_integer:
      return "signed integer";
    case Meaning::boolean:
      return "bool";
    case Meaning::character:
      return "character";
    case Meaning::enumeration:
      return "enum";
    case Meaning::floating:
      return "float";
    case Meaning::pointer:
      return "pointer";
    case Meaning::text:
    case Meaning::text_span:
      return "text";
    case Meaning::bytes:
      return "bytes";
    case Meaning::structure:
      return "struct";
    case Meaning::words_span:
      return "words";
    case Meaning::error_code:
      return "errno";
    case Meaning::result:
      return "result or errno";
    case Meaning::signal:
      return "signal";
    case Meaning::duration_ns:
      return "duration";
    case Meaning::open_flags:
      return "open flags";
    case Meaning::file_mode:
      return "file mode";
    case Meaning::user_id:
      return "user id";
    case Meaning::time_ns:
    case Meaning::monotonic_ns:
      return "time";
    case Meaning::duration_us:
      return "duration in us";
    case Meaning::duration_ms:
      return "duration in ms";
    case Meaning::duration_s:
      return "duration in s";
    case Meaning::byte_count:
      return "size";
    case Meaning::percent:
      return "percent";
    case Meaning::hex_number:
      return "hex";
    case Meaning::dump:
      return "dump";
    case Meaning::ip4:
      return "IPv4 address";
    case Meaning::ip4_host:
      return "IPv4 address in the machine's order";
    case Meaning::ip6:
      return "IPv6 address";
    case Meaning::ip:
      return "address of its family";
    case Meaning::cidr:
      return "network";
    case Meaning::mac:
      return "MAC address";
    case Meaning::port_be:
      return "port in network order";
    case Meaning::family:
      return "address family";
    case Meaning::socket_type:
      return "socket type";
    case Meaning::ip_protocol:
      return "protocol";
    case Meaning::ether_type:
      return "EtherType";
    case Meaning::tcp_state:
      return "TCP state";
    case Meaning::capability:
      return "capability";
    case Meaning::system_call:
      return "system call";
    case Meaning::device:
      return "device";
    case Meaning::user_name:
      return "user";
    case Meaning::group_name:
      return "group";
    case Meaning::process:
      return "process";
    case Meaning::cgroup:
      return "cgroup";
    case Meaning::bpf_program:
      return "program";
    case Meaning::bpf_map:
      return "map";
    case Meaning::flags:
      return "flags";
  }
  return "bytes";
}

}  // namespace skep::record
