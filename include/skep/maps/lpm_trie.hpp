// skep/maps/lpm_trie.hpp: longest-prefix match, e.g. networks in CIDR notation.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skep/maps/sweep.hpp"
#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// A network, as the kernel wants it for a key (struct bpf_lpm_trie_key: the length, then the bytes
// that are compared). 4 bytes: IPv4; 16: IPv6.
template <std::size_t n>
struct Cidr {
  static_assert(n == 4 || n == 16);
  std::uint32_t prefix_length = 0;        // bits, host byte order
  std::array<std::uint8_t, n> address{};  // network byte order

  // "10.0.0.0/8", "fe80::/10"; without a slash the whole address. Bits beyond the prefix become
  // zero. Errors: bad_input.
  static Result<Cidr> parse(std::string_view text);
  // As parse() takes it: "10.0.0.0/8".
  [[nodiscard]] std::string text() const;
  auto operator<=>(const Cidr&) const = default;
};
using Cidr4 = Cidr<4>;
using Cidr6 = Cidr<16>;

// K starts with the prefix's length in bits (32 bits, host byte order), then what is compared, most
// significant bit first: Cidr4, Cidr6, or one of your own.
template <maps::KeyType K, maps::ValueType V>
class LpmTrie : public maps::View {
 public:
  // Errors: as Map::as; of the key only the size is compared.
  static Result<LpmTrie> of(const Map& map) {
    SKEP_CHECK(map.check({MapType::lpm_trie}, &layout::shape_of<std::array<std::byte, sizeof(K)>>,
                         &layout::shape_of<V>));
    return LpmTrie(map);
  }

  // The value of the longest prefix that covers `key`; nothing when none does.
  [[nodiscard]] Result<std::optional<V>> lookup(const K& key) const { return value_of<V>(key); }
  // Errors: limit when full; as Map::update.
  Result<void> update(const K& key, const V& value, Update how = Update::any) const {
    return map().update(maps::bytes(key), maps::bytes(value), how);
  }
  // Exactly this prefix; true when it was there.
  Result<bool> erase(const K& key) const { return map().erase(maps::bytes(key)); }
  // Calls visitor(const K&, const V&) for each, longer prefixes before those that hold them, until
  // it returns false. Kernel 4.16.
  template <typename Visitor>
  Result<void> for_each(Visitor&& visitor) const {
    return maps::for_each_entry<K, V>(map(), Sweep::Take::no, visitor);
  }
  // All entries, as for_each sees them.
  [[nodiscard]] Result<std::vector<std::pair<K, V>>> entries() const {
    std::vector<std::pair<K, V>> out;
    SKEP_CHECK(for_each([&](const K& key, const V& value) { out.emplace_back(key, value); }));
    return out;
  }

 private:
  using maps::View::View;
};

}  // namespace skep
#pragma GCC visibility pop
