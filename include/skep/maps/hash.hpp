// skep/maps/hash.hpp: hash, lru_hash.
#pragma once

#include <cstring>
#include <utility>
#include <vector>

#include "skep/maps/sweep.hpp"
#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// A hash, or one that forgets what was used least recently (lru_hash).
template <maps::KeyType K, maps::ValueType V>
class Hash : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<Hash> of(const Map& map) {
    SKEP_CHECK(
        map.check({MapType::hash, MapType::lru_hash}, &layout::shape_of<K>, &layout::shape_of<V>));
    return Hash(map);
  }

  // Nothing when the key is not there. Errors: invalid_argument for Lock::yes when the value has no
  // bpf_spin_lock.
  [[nodiscard]] Result<std::optional<V>> lookup(const K& key, Lock lock = Lock::no) const {
    return value_of<V>(key, lock);
  }
  // Errors: busy (no_exist and it is there), not_found (exist and it is not), limit (full).
  Result<void> update(const K& key, const V& value, Update how = Update::any,
                      Lock lock = Lock::no) const {
    return map().update(maps::bytes(key), maps::bytes(value), how, lock);
  }
  // True when the key was there.
  Result<bool> erase(const K& key) const { return map().erase(maps::bytes(key)); }
  // Looks up and deletes in one step. Kernel 5.14.
  Result<std::optional<V>> take(const K& key) const { return taken<V>(maps::bytes(key)); }

  // Many at once (one system call where the kernel has batches, 5.6). `keys` and `values` are of
  // one length. Errors: as update; the message says how many were done before.
  Result<void> update(std::span<const K> keys, std::span<const V> values,
                      Update how = Update::any) const {
    return map().update_many(keys.size(), std::as_bytes(keys), std::as_bytes(values), how);
  }
  // Keys that are not there are passed over. Returns how many were there.
  Result<std::size_t> erase(std::span<const K> keys) const {
    return map().erase_many(keys.size(), std::as_bytes(keys));
  }

  // Calls visitor(const K&, const V&) for each entry, until it returns false (one that returns
  // nothing goes on). The visitor may change and delete entries. What "each" means while others
  // write: see Sweep.
  template <typename Visitor>
  Result<void> for_each(Visitor&& visitor) const {
    return sweep(Sweep::Take::no, visitor);
  }
  // The same to the end, and deletes what it hands out; the visitor returns nothing.
  template <typename Visitor>
    requires std::is_void_v<std::invoke_result_t<Visitor&, const K&, const V&>>
  Result<void> drain(Visitor&& visitor) const {
    return sweep(Sweep::Take::yes, visitor);
  }
  // All entries, as for_each sees them.
  [[nodiscard]] Result<std::vector<std::pair<K, V>>> entries() const {
    std::vector<std::pair<K, V>> out;
    SKEP_CHECK(for_each([&](const K& key, const V& value) { out.emplace_back(key, value); }));
    return out;
  }

 private:
  using maps::View::View;
  template <typename Visitor>
  Result<void> sweep(Sweep::Take take, Visitor& visitor) const {
    return maps::for_each_entry<K, V>(map(), take, visitor);
  }
};

}  // namespace skep
#pragma GCC visibility pop
