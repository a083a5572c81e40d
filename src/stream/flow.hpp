// stream/flow.hpp: what is known of registers and of the stack at a place of a function, for who
// follows instructions. Of stream/outputs.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "isa/opcode.hpp"
#include "skep/insn.hpp"
#include "stream/outputs.hpp"

namespace skep::stream {

inline constexpr std::size_t most_constants = 256;  // known at a time
inline constexpr std::int64_t longest_head = 16;    // bytes of a record that a tag is looked for in

// What is known of a register, or of a word of the stack.
struct Value {
  enum class Kind : std::uint8_t { unknown, number, map, map_value, data, stack, reserved };
  Kind kind = Kind::unknown;
  std::uint32_t index = 0;  // map, map_value, data: of the map; stack: of the function; reserved:
                            // of the instruction that did it
  std::int64_t number = 0;  // number; else bytes from where it points to

  friend bool operator==(const Value&, const Value&) = default;
  [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
  [[nodiscard]] bool is_pointer() const noexcept {
    return kind != Kind::unknown && kind != Kind::number && kind != Kind::map;
  }
};

using Arguments = std::array<Value, 5>;

// Where a pointer points to.
struct Place {
  Value::Kind kind = Value::Kind::unknown;
  std::uint32_t index = 0;
  std::int64_t offset = 0;  // bytes

  static Place of(const Value& pointer, std::int64_t by = 0) {
    return {pointer.kind, pointer.index, pointer.number + by};
  }
  [[nodiscard]] bool is_beside(const Place& other) const noexcept {
    return kind == other.kind && index == other.index;
  }
  friend auto operator<=>(const Place&, const Place&) = default;
};

// A map of few entries, in one piece: it is copied for each way through a function.
template <typename Key, typename T>
class FlatMap {
 public:
  using Entries = std::vector<std::pair<Key, T>>;  // in order
  using Iterator = typename Entries::iterator;

  [[nodiscard]] auto begin() const noexcept { return entries_.begin(); }
  [[nodiscard]] auto end() const noexcept { return entries_.end(); }
  [[nodiscard]] Iterator end() noexcept { return entries_.end(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] auto lower_bound(const Key& key) const {
    return std::ranges::lower_bound(entries_, key, {}, &Entries::value_type::first);
  }
  [[nodiscard]] Iterator lower_bound(const Key& key) {
    return std::ranges::lower_bound(entries_, key, {}, &Entries::value_type::first);
  }
  [[nodiscard]] const T* find(const Key& key) const {
    const auto at = lower_bound(key);
    return at != entries_.end() && at->first == key ? &at->second : nullptr;
  }
  void set(const Key& key, const T& value) {
    const auto at = lower_bound(key);
    if (at != entries_.end() && at->first == key) {
      at->second = value;
    } else {
      entries_.emplace(at, key, value);
    }
  }
  Iterator erase(Iterator at) { return entries_.erase(at); }
  template <typename Condition>
  std::size_t erase_if(Condition condition) {
    return std::erase_if(entries_, condition);
  }
  // Without what the other does not have, or has otherwise.
  std::size_t keep_common(const FlatMap& other) {
    if (entries_ == other.entries_) return 0;
    return erase_if([&](const auto& entry) {
      const T* const there = other.find(entry.first);
      return there == nullptr || !(*there == entry.second);
    });
  }
  void clear() noexcept { entries_.clear(); }

 private:
  Entries entries_;
};

// At one place of a function.
struct State {
  std::array<Value, 11> registers;
  FlatMap<std::int64_t, Value> spilled;  // words of this function's stack, by their offset
  FlatMap<Place, Constant> constants;    // what was written anywhere, and is a number

  // What holds on both ways. True when that is less than before.
  bool join(const State& other) {
    bool changed = false;
    for (std::size_t i = 0; i < registers.size(); ++i) {
      if (registers[i] == other.registers[i] || registers[i].is(Value::Kind::unknown)) continue;
      registers[i] = {};
      changed = true;
    }
    changed |= spilled.keep_common(other.spilled) > 0;
    changed |= constants.keep_common(other.constants) > 0;
    return changed;
  }

  // A number is written, or what nobody knows.
  void write(const Place& place, std::uint32_t size, const Value& value) {
    forget(place, size);
    if (!value.is(Value::Kind::number)) return;
    auto number = static_cast<std::uint64_t>(value.number);
    if (size < 8) number &= (std::uint64_t{1} << (size * 8)) - 1;
    if (constants.size() >= most_constants) constants.clear();
    constants.set(place, {0, size, number});
  }
  // What stands before the place stays.
  void forget(const Place& place, std::int64_t size) {
    auto at = constants.lower_bound({place.kind, place.index, place.offset - 7});
    while (at != constants.end() && at->first.is_beside(place) &&
           at->first.offset < place.offset + size) {
      auto& [where, what] = *at;
      const std::int64_t before = place.offset - where.offset;
      const bool is_hit = where.is_beside(place) && before < what.size && -before < size;
      if (is_hit && before > 0) what.size = static_cast<std::uint32_t>(before);
      at = is_hit && before <= 0 ? constants.erase(at) : std::next(at);
    }
  }
  // The numbers at the head of a record that begins there.
  [[nodiscard]] std::vector<Constant> head_of(const Place& record) const {
    std::vector<Constant> out;
    for (auto found = constants.lower_bound(record); found != constants.end(); ++found) {
      const auto& [place, constant] = *found;
      const std::int64_t at = place.offset - record.offset;
      if (!place.is_beside(record) || at >= longest_head) break;
      // A compiler may write two members at once: the first of them may be the tag.
      for (std::uint32_t size = std::bit_floor(constant.size); size > 0; size /= 2) {
        const auto mask = size < 8 ? (std::uint64_t{1} << (size * 8)) - 1 : UINT64_MAX;
        out.push_back({static_cast<std::uint32_t>(at), size, constant.value & mask});
      }
    }
    return out;
  }
};

// First instructions of blocks: where a jump leads, and what follows one.
inline std::vector<std::uint32_t> find_leaders(const std::vector<Insn>& code) {
  std::vector<std::uint32_t> out = {0};
  for (std::uint32_t i = 0; i < code.size(); i += isa::slots_of(code[i])) {
    const Insn& insn = code[i];
    if (!isa::is_jump(insn) || isa::is_call(insn)) continue;
    out.push_back(i + 1);
    if (isa::is_exit(insn)) continue;
    const bool is_long = insn.code == (static_cast<std::uint8_t>(isa::Class::jmp32) | isa::op_ja);
    const std::int64_t target = std::int64_t{i} + 1 + (is_long ? insn.imm : insn.off);
    if (target >= 0) out.push_back(static_cast<std::uint32_t>(target));
  }
  std::ranges::sort(out);
  const auto again = std::ranges::unique(out);
  out.erase(again.begin(), again.end());
  return out;
}

inline std::int64_t compute(std::uint8_t operation, std::int64_t a, std::int64_t b) {
  const auto x = static_cast<std::uint64_t>(a), y = static_cast<std::uint64_t>(b);
  switch (operation) {
    case isa::op_add:
      return static_cast<std::int64_t>(x + y);
    case isa::op_sub:
      return static_cast<std::int64_t>(x - y);
    case isa::op_mul:
      return static_cast<std::int64_t>(x * y);
    case isa::op_and:
      return static_cast<std::int64_t>(x & y);
    case isa::op_or:
      return static_cast<std::int64_t>(x | y);
    case isa::op_lsh:
      return static_cast<std::int64_t>(x << (y & 63));
    default:
      return static_cast<std::int64_t>(x >> (y & 63));
  }
}

inline bool can_compute(std::uint8_t operation) {
  return operation == isa::op_add || operation == isa::op_sub || operation == isa::op_mul ||
         operation == isa::op_and || operation == isa::op_or || operation == isa::op_lsh ||
         operation == isa::op_rsh;
}

}  // namespace skep::stream
