// skep/maps/queue.hpp: queue, stack and bloom filter, which have no keys.
#pragma once

#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// First in, first out (queue), or last in, first out (stack): kernel 4.20.
template <maps::ValueType V, MapType type>
class Sequence : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<Sequence> of(const Map& map) {
    SKEP_CHECK(map.check({type}, nullptr, &layout::shape_of<V>));
    return Sequence(map);
  }
  // Errors: limit when full, unless the oldest may go.
  enum class WhenFull : std::uint8_t { fail, drop_oldest };
  // Puts a value in. Errors: as WhenFull says; as Map::update.
  Result<void> push(const V& value, WhenFull when_full = WhenFull::fail) const {
    return map().update({}, maps::bytes(value),
                        when_full == WhenFull::fail ? Update::any : Update::exist);
  }
  // Nothing when it is empty.
  Result<std::optional<V>> pop() const { return taken<V>({}); }
  // The one that pop() would take.
  [[nodiscard]] Result<std::optional<V>> peek() const {
    V value{};
    SKEP_TRY(const bool found, map().lookup({}, maps::writable_bytes(value)));
    return found ? std::optional(value) : std::nullopt;
  }

 private:
  using maps::View::View;
};

template <maps::ValueType V>
using Queue = Sequence<V, MapType::queue>;
template <maps::ValueType V>
using Stack = Sequence<V, MapType::stack>;

// Says "surely not" or "probably": kernel 5.16. Values cannot be taken out again.
template <maps::KeyType V>
class BloomFilter : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<BloomFilter> of(const Map& map) {
    SKEP_CHECK(map.check({MapType::bloom_filter}, nullptr, &layout::shape_of<V>));
    return BloomFilter(map);
  }
  // Errors: as Map::update.
  Result<void> add(const V& value) const { return map().update({}, maps::bytes(value)); }
  // False: it was never added. True: it was, or others that look like it.
  [[nodiscard]] Result<bool> may_contain(const V& value) const {
    V copy = value;  // the kernel reads it from where it writes values of other maps
    return map().lookup({}, maps::writable_bytes(copy));
  }

 private:
  using maps::View::View;
};

}  // namespace skep
#pragma GCC visibility pop
