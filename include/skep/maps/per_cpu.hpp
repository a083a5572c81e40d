// skep/maps/per_cpu.hpp: percpu_hash, lru_percpu_hash, percpu_array.
#pragma once

#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "skep/maps/sweep.hpp"
#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// One value for each possible CPU (not only those online). Views make it, so that it has the right
// number of them.
template <maps::ValueType V>
class PerCpu {
  static_assert(!std::is_same_v<V, bool>, "take std::uint8_t");

 public:
  // Possible CPUs.
  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
  // Precondition: cpu < size().
  [[nodiscard]] V& operator[](std::size_t cpu) noexcept { return values_[cpu]; }
  [[nodiscard]] const V& operator[](std::size_t cpu) const noexcept { return values_[cpu]; }
  [[nodiscard]] auto begin() noexcept { return values_.begin(); }
  [[nodiscard]] auto end() noexcept { return values_.end(); }
  [[nodiscard]] auto begin() const noexcept { return values_.begin(); }
  [[nodiscard]] auto end() const noexcept { return values_.end(); }
  // Of all CPUs. They are not read at one moment.
  [[nodiscard]] V sum() const
    requires std::is_arithmetic_v<V>
  {
    return std::accumulate(values_.begin(), values_.end(), V{});
  }

 private:
  template <typename K, maps::ValueType T>
  friend class PerCpuView;
  PerCpu(std::size_t cpus, const V& value) : values_(cpus, value) {}
  std::vector<V> values_;
};

// What the per-CPU views share: the kernel has values 8 bytes apart.
template <typename K, maps::ValueType V>
class PerCpuView : public maps::View {
 public:
  // Possible CPUs.
  [[nodiscard]] std::size_t cpus() const noexcept { return map().value_bytes() / stride; }
  // One value a CPU, to be filled in and given to update().
  [[nodiscard]] PerCpu<V> make(const V& value = V{}) const { return PerCpu<V>(cpus(), value); }

  // Nothing when the key is not there.
  [[nodiscard]] Result<std::optional<PerCpu<V>>> lookup(const K& key) const {
    std::vector<std::byte> bytes(map().value_bytes());
    SKEP_TRY(const bool found, map().lookup(maps::bytes(key), bytes));
    return found ? std::optional(from_bytes(bytes)) : std::nullopt;
  }
  // Errors: invalid_argument when `values` is of a map of another machine; as Map::update.
  Result<void> update(const K& key, const PerCpu<V>& values, Update how = Update::any) const {
    std::vector<std::byte> bytes(values.size() * stride);
    for (std::size_t cpu = 0; cpu < values.size(); ++cpu) {
      std::memcpy(bytes.data() + cpu * stride, &values[cpu], sizeof(V));
    }
    return map().update(maps::bytes(key), bytes, how);
  }
  // Calls visitor(const K&, const PerCpu<V>&) for each entry, until it returns false.
  template <typename Visitor>
  Result<void> for_each(Visitor&& visitor) const {
    return sweep(Sweep::Take::no, visitor);
  }
  // All entries, as for_each sees them.
  [[nodiscard]] Result<std::vector<std::pair<K, PerCpu<V>>>> entries() const {
    std::vector<std::pair<K, PerCpu<V>>> out;
    SKEP_CHECK(
        for_each([&](const K& key, const PerCpu<V>& values) { out.emplace_back(key, values); }));
    return out;
  }

 protected:
  using maps::View::View;
  template <typename Visitor>
  Result<void> sweep(Sweep::Take take, Visitor& visitor) const {
    Sweep portions(map(), take);
    for (;;) {
      SKEP_TRY(const bool more, portions.next());
      if (!more) return {};
      for (std::size_t i = 0; i < portions.size(); ++i) {
        K key{};
        std::memcpy(&key, portions.key(i).data(), sizeof(K));
        if (!maps::visit(visitor, key, from_bytes(portions.value(i)))) return {};
      }
    }
  }

 private:
  static constexpr std::size_t stride = (sizeof(V) + 7) / 8 * 8;
  [[nodiscard]] PerCpu<V> from_bytes(std::span<const std::byte> bytes) const {
    PerCpu<V> out = make();
    for (std::size_t cpu = 0; cpu < out.size(); ++cpu) {
      std::memcpy(&out[cpu], bytes.data() + cpu * stride, sizeof(V));
    }
    return out;
  }
};

// A hash with a value for each CPU, or one that forgets what was used least recently.
template <maps::KeyType K, maps::ValueType V>
class PerCpuHash : public PerCpuView<K, V> {
 public:
  // Errors: as Map::as.
  static Result<PerCpuHash> of(const Map& map) {
    SKEP_CHECK(map.check({MapType::percpu_hash, MapType::lru_percpu_hash}, &layout::shape_of<K>,
                         &layout::shape_of<V>));
    return PerCpuHash(map);
  }
  // True when the key was there.
  Result<bool> erase(const K& key) const { return this->map().erase(maps::bytes(key)); }
  // As for_each to the end, and deletes what it hands out; the visitor returns nothing.
  template <typename Visitor>
    requires std::is_void_v<std::invoke_result_t<Visitor&, const K&, const PerCpu<V>&>>
  Result<void> drain(Visitor&& visitor) const {
    return this->sweep(Sweep::Take::yes, visitor);
  }

 private:
  using PerCpuView<K, V>::PerCpuView;
};

// Keys are 0 … size() - 1 and are always there.
template <maps::ValueType V>
class PerCpuArray : public PerCpuView<std::uint32_t, V> {
 public:
  // Errors: as Map::as.
  static Result<PerCpuArray> of(const Map& map) {
    SKEP_CHECK(
        map.check({MapType::percpu_array}, &layout::shape_of<std::uint32_t>, &layout::shape_of<V>));
    return PerCpuArray(map);
  }
  // How many values each CPU has.
  [[nodiscard]] std::uint32_t size() const noexcept { return this->map().spec().max_entries; }

 private:
  using PerCpuView<std::uint32_t, V>::PerCpuView;
};

}  // namespace skep
#pragma GCC visibility pop
