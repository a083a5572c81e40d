// stream/flow.hpp: what is known of registers and of the stack at a place of a function, for who
// follows instructions. Of stream/outputs.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <iterator>
#include <map>
#include <vector>

#include "isa/opcode.hpp"
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

// At one place of a function.
struct State {
  std::array<Value, 11> registers;
  std::map<std::int64_t, Value> spilled;  // words of this function's stack, by their offset
  std::map<Place, Constant> constants;    // what was written anywhere, and is a number

  // What holds on both ways. True when that is less than before.
  bool join(const State& other) {
    bool changed = false;
    for (std::size_t i = 0; i < registers.size(); ++i) {
      if (registers[i] == other.registers[i] || registers[i].is(Value::Kind::unknown)) continue;
      registers[i] = {};
      changed = true;
    }
    changed |= std::erase_if(spilled, [&](const auto& slot) {
                 const auto there = other.spilled.find(slot.first);
                 return there == other.spilled.end() || there->second != slot.second;
               }) > 0;
    changed |= std::erase_if(constants, [&](const auto& constant) {
                 const auto there = other.constants.find(constant.first);
                 return there == other.constants.end() || there->second != constant.second;
               }) > 0;
    return changed;
  }

  // A number is written, or what nobody knows.
  void write(const Place& place, std::uint32_t size, const Value& value) {
    forget(place, size);
    if (!value.is(Value::Kind::number)) return;
    auto number = static_cast<std::uint64_t>(value.number);
    if (size < 8) number &= (std::uint64_t{1} << (size * 8)) - 1;
    if (constants.size() >= most_constants) constants.clear();
    constants[place] = {0, size, number};
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
