#include <arpa/inet.h>

#include <charconv>

#include "base/error.hpp"
#include "skep/maps/lpm_trie.hpp"

namespace skep {
namespace {

template <std::size_t n>
constexpr int family = n == 4 ? AF_INET : AF_INET6;

}  // namespace

template <std::size_t n>
Result<Cidr<n>> Cidr<n>::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(ErrorKind::bad_input, "'{}' is no IPv{} network: {}", text, n == 4 ? 4 : 6, why);
  };
  const auto slash = text.find('/');
  Cidr out{.prefix_length = n * 8};
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [stop, code] = std::from_chars(digits.begin(), digits.end(), out.prefix_length);
    if (code != std::errc() || stop != digits.end() || out.prefix_length > n * 8) {
      return bad(fmt::format("after the slash comes a number of bits, 0 to {}", n * 8));
    }
  }
  const std::string address(text.substr(0, slash));
  if (::inet_pton(family<n>, address.c_str(), out.address.data()) != 1) {
    return bad(n == 4 ? "write it as 10.0.0.0/8" : "write it as fe80::/10");
  }
  for (std::size_t bit = out.prefix_length; bit < n * 8; ++bit) {
    out.address[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  return out;
}

template <std::size_t n>
std::string Cidr<n>::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(family<n>, address.data(), buffer, sizeof(buffer));
  return fmt::format("{}/{}", buffer, prefix_length);
}

template struct Cidr<4>;
template struct Cidr<16>;

}  // namespace skep
