// skep/maps/sweep.hpp: all entries of a map, in portions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "skep/map.hpp"
#include "skep/maps/view.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Goes over a map once, by batches where the kernel has them (5.6; 5.13 for per-CPU arrays) and key
// by key where it has not. Other programs go on using the map meanwhile, so it is no picture of one
// moment: what is there all the time is seen exactly once; what comes or goes meanwhile may be seen
// or not; nothing is seen twice. A bucket of a hash is read at once. Not copyable while in use; one
// thread.
class Sweep {
 public:
  enum class Take : bool { no, yes };

  // `take`: what was seen is deleted, in one step where the kernel can (batches of hashes), so that
  // no update is lost in between. `portion`: entries at a time; 0 chooses. The map must outlive it.
  explicit Sweep(const Map& map, Take take = Take::no, std::uint32_t portion = 0);

  // Reads the next portion; false when there is none. Errors: unsupported for maps that cannot be
  // listed (local storage, queues, bloom filters); limit when a map without batches changes faster
  // than it can be read.
  Result<bool> next();

  // The entries of the portion. Spans are valid until the next next().
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  // Precondition: index < size().
  [[nodiscard]] std::span<const std::byte> key(std::size_t index) const noexcept {
    return std::span(keys_).subspan(index * key_bytes_, key_bytes_);
  }
  // Precondition: index < size(). Of a per-CPU map: of all possible CPUs.
  [[nodiscard]] std::span<const std::byte> value(std::size_t index) const noexcept {
    return std::span(values_).subspan(index * value_bytes_, value_bytes_);
  }

 private:
  enum class Way : std::uint8_t { batch, one_by_one, over };

  void make_room(std::uint32_t portion);
  Result<void> next_batch();
  Result<void> next_ones();
  // Puts what `key` has at the end of the portion, unless it is gone by now.
  Result<void> add(std::span<const std::byte> key);

  const Map* map_;
  Take take_;
  Way way_ = Way::batch;
  bool started_ = false;
  std::size_t key_bytes_, value_bytes_;
  std::uint32_t portion_ = 0;
  std::size_t count_ = 0;
  std::vector<std::byte> keys_, values_;
  std::vector<std::byte> cursor_, next_cursor_;  // where the kernel went on; or the last key
  std::set<std::string> seen_;                   // one by one: a deleted key starts the list again
  std::uint64_t steps_ = 0;
};

namespace maps {

// Calls visitor(const K&, const V&) for each entry, until it returns false.
template <typename K, typename V, typename Visitor>
Result<void> for_each_entry(const Map& map, Sweep::Take take, Visitor& visitor) {
  Sweep sweep(map, take);
  for (;;) {
    SKEP_TRY(const bool more, sweep.next());
    if (!more) return {};
    for (std::size_t i = 0; i < sweep.size(); ++i) {
      K key{};
      V value{};
      std::memcpy(&key, sweep.key(i).data(), sizeof(K));
      std::memcpy(&value, sweep.value(i).data(), sizeof(V));
      if (!visit(visitor, key, value)) return {};
    }
  }
}

}  // namespace maps

}  // namespace skep
#pragma GCC visibility pop
