// skep/maps/array.hpp: arrays, and array memory shared with programs.
#pragma once

#include <cstdint>
#include <vector>

#include "skep/maps/sweep.hpp"
#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// The values of an array as memory that programs see, too: no system call to read or write. Plain
// loads and stores; where a program writes at the same time, use std::atomic_ref on what you get.
// Outlives map and object.
template <maps::ValueType V>
class MappedArray {
 public:
  MappedArray(Mapping memory, std::size_t count) noexcept
      : memory_(std::move(memory)), count_(count) {}
  // How many values there are.
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  // Precondition: index < size(). Of a mapping that was made to read, writing faults.
  [[nodiscard]] V& operator[](std::size_t index) const noexcept {
    return *reinterpret_cast<V*>(memory_.bytes().data() + index * stride);
  }
  // All of them, where values stand side by side (their size is a multiple of 8).
  [[nodiscard]] std::span<V> span() const noexcept
    requires(sizeof(V) % 8 == 0)
  {
    return {&(*this)[0], count_};
  }

 private:
  static constexpr std::size_t stride = (sizeof(V) + 7) / 8 * 8;
  Mapping memory_;
  std::size_t count_;
};

// Keys are 0 … size() - 1 and are always there.
template <maps::ValueType V>
class Array : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<Array> of(const Map& map) {
    SKEP_CHECK(map.check({MapType::array}, &layout::shape_of<std::uint32_t>, &layout::shape_of<V>));
    return Array(map);
  }

  // How many values there are.
  [[nodiscard]] std::uint32_t size() const noexcept { return map().spec().max_entries; }
  // Nothing when index >= size(). Errors: invalid_argument for Lock::yes when the value has no
  // bpf_spin_lock.
  [[nodiscard]] Result<std::optional<V>> lookup(std::uint32_t index, Lock lock = Lock::no) const {
    return value_of<V>(index, lock);
  }
  // Errors: limit when index >= size(); permission when the map is frozen or read-only.
  Result<void> update(std::uint32_t index, const V& value, Lock lock = Lock::no) const {
    return map().update(maps::bytes(index), maps::bytes(value), Update::any, lock);
  }
  // From index 0 on, values.size() of them. Kernel 5.6 in one system call.
  Result<void> update(std::span<const V> values) const {
    std::vector<std::uint32_t> keys(values.size());
    for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = i;
    return map().update_many(keys.size(), std::as_bytes(std::span(keys)), std::as_bytes(values),
                             Update::any);
  }

  // Calls visitor(index, const V&) for each, in order, until it returns false.
  template <typename Visitor>
  Result<void> for_each(Visitor&& visitor) const {
    return maps::for_each_entry<std::uint32_t, V>(map(), Sweep::Take::no, visitor);
  }
  // All of them, in order.
  [[nodiscard]] Result<std::vector<V>> values() const {
    std::vector<V> out;
    out.reserve(size());
    SKEP_CHECK(for_each([&](std::uint32_t, const V& value) { out.push_back(value); }));
    return out;
  }

  // Kernel 5.5; the map needs BPF_F_MMAPABLE (data sections have it). Errors: invalid_argument
  // without; permission to write to a frozen map.
  [[nodiscard]] Result<MappedArray<V>> mapped(bool writable = true) const {
    SKEP_TRY(auto memory, map().mapped(writable));
    return MappedArray<V>(std::move(memory), size());
  }

 private:
  using maps::View::View;
};

}  // namespace skep
#pragma GCC visibility pop
