#include "record/address.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "record/inet.hpp"
#include "record/number.hpp"

namespace skep::record {
namespace {

void put_inet(Writer& out, int family, const std::byte* at) {
  char* to = out.room(most_inet_chars);
  out.wrote(family == AF_INET ? write_ip4(to, at) : write_ip6(to, at));
}

void put_mac(Writer& out, const std::byte* at) {
  constexpr std::size_t octets = 6;
  char* to = out.room(octets * 3);
  for (std::size_t i = 0; i < octets; ++i) {
    if (i > 0) *to++ = ':';
    to = write_hex_byte(to, std::to_integer<unsigned char>(at[i]));
  }
  out.wrote(to);
}

// What stands beside the address.
std::uint64_t selector(Bytes record, const Operation& op) {
  const auto bytes = slice(record, op.index, op.count);
  return bytes ? load_integer(bytes->data(), static_cast<std::uint8_t>(op.count), false) : 0;
}

void put_by_family(Writer& out, Bytes record, const Operation& op, const std::byte* at) {
  switch (selector(record, op)) {
    case AF_INET:
      return put_inet(out, AF_INET, at);
    case AF_INET6:
      return put_inet(out, AF_INET6, at);
    default:
      return write_hex_bytes(out, {at, op.length});
  }
}

}  // namespace

std::size_t write_address(Writer& out, Bytes record, const Operation& op, const std::byte* at) {
  const std::size_t mark = out.size();
  switch (static_cast<Meaning>(op.stride)) {
    case Meaning::ip4:
      put_inet(out, AF_INET, at);
      break;
    case Meaning::ip4_host: {
      const std::uint32_t address = htonl(load<std::uint32_t>(at));
      put_inet(out, AF_INET, reinterpret_cast<const std::byte*>(&address));
      break;
    }
    case Meaning::ip6:
      put_inet(out, AF_INET6, at);
      break;
    case Meaning::mac:
      put_mac(out, at);
      break;
    case Meaning::cidr:
      put_inet(out, op.length == 4 ? AF_INET : AF_INET6, at);
      out.put('/');
      out.wrote(write_decimal(out.room(20), selector(record, op)));
      break;
    default:
      put_by_family(out, record, op, at);
      break;
  }
  return out.size() - mark;
}

}  // namespace skep::record
