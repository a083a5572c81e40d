// Which records a program writes, by its instructions.
#include "stream/outputs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "isa/opcode.hpp"
#include "stream/record_type.hpp"
#include "unit/btf_builder.hpp"

namespace skep::stream {
namespace {

using Place = Output::Place;
using isa::Class;

constexpr std::uint8_t code(Class in, unsigned rest) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(in) | rest);
}
Insn mov(std::uint8_t to, std::int32_t value) {
  return {code(Class::alu64, isa::op_mov), to, 0, value};
}
Insn copy(std::uint8_t to, std::uint8_t from) {
  return {code(Class::alu64, isa::op_mov | isa::source_register),
          static_cast<std::uint8_t>(to | from << 4), 0, 0};
}
Insn add(std::uint8_t to, std::int32_t value) {
  return {code(Class::alu64, isa::op_add), to, 0, value};
}
Insn helper(std::int32_t number) { return {isa::code_call, 0, 0, number}; }
Insn jump_if_zero(std::uint8_t tested, std::int16_t by) {
  return {code(Class::jmp, 0x10), tested, by, 0};
}
Insn spill(std::uint8_t from, std::int16_t at) {
  return {code(Class::stx, isa::size_dw | isa::mode_mem), static_cast<std::uint8_t>(10 | from << 4),
          at, 0};
}
Insn reload(std::uint8_t to, std::int16_t at) {
  return {code(Class::ldx, isa::size_dw | isa::mode_mem), static_cast<std::uint8_t>(to | 10 << 4),
          at, 0};
}
const Insn leave = {isa::code_exit, 0, 0, 0};
constexpr std::int32_t lookup = 1, perf_output = 25, ring_output = 130, ring_reserve = 131;

class Outputs : public testing::Test {
 protected:
  Outputs() { spec.maps = {{.name = "ring"}, {.name = "heap"}, {.name = ".bss"}}; }

  // A function; lddw of map n stands where `map(to, n)` does.
  class Code {
   public:
    Code& operator<<(const Insn& insn) {
      out.instructions.push_back(insn);
      return *this;
    }
    Code& address(std::uint8_t to, Relocation::Kind kind, std::uint32_t target,
                  std::uint32_t offset = 0) {
      relocate(kind, target, offset);
      return *this << Insn{isa::code_lddw, to, 0, 0} << Insn{};
    }
    Code& map(std::uint8_t to, std::uint32_t index) {
      return address(to, Relocation::Kind::map, index);
    }
    Code& call(std::uint32_t function) {
      relocate(Relocation::Kind::call, function, 0);
      return *this << Insn{isa::code_call, isa::pseudo_call << 4, 0, -1};
    }
    FunctionSpec out;

   private:
    void relocate(Relocation::Kind kind, std::uint32_t target, std::uint32_t offset) {
      out.relocations.push_back(
          {kind, static_cast<std::uint32_t>(out.instructions.size()), target, offset});
    }
  };

  std::vector<Output> outputs(Code entry, std::vector<Code> others = {}) {
    put(std::move(entry), std::move(others));
    return find_outputs(spec);
  }
  // The last of the functions is the one that is asked.
  std::vector<WhereCall> where_calls(Code entry, std::vector<Code> others = {}) {
    Code asked;
    asked << mov(0, 1) << leave;
    asked.out.name = where_function;
    others.push_back(std::move(asked));
    put(std::move(entry), std::move(others));
    return find_where_calls(spec);
  }
  void put(Code entry, std::vector<Code> others) {
    spec.functions = {std::move(entry.out)};
    for (auto& other : others) spec.functions.push_back(std::move(other.out));
    spec.programs = {{.name = "program", .function = 0}};
  }

  ObjectSpec spec;
};

TEST_F(Outputs, AReservation) {
  Code program;
  program.map(1, 0) << mov(2, 40) << mov(3, 0) << helper(ring_reserve) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].map, 0U);
  EXPECT_EQ(found[0].size, 40U);
  EXPECT_EQ(found[0].place, Place::reserved);
  EXPECT_EQ(found[0].instruction, 4U);
}

// `void *record = bpf_ringbuf_reserve(…)`: nothing but its size says what it is.
TEST_F(Outputs, ATypeOfTheKernelIsNotGuessedByItsSize) {
  Code program;
  program.map(1, 0) << mov(2, 40) << mov(3, 0) << helper(ring_reserve) << leave;
  const auto found = outputs(program);
  test::BtfBuilder builder;
  const auto number = builder.add_int("long", 8);
  builder.add_struct("sched_avg", 40, {{"load", number, 0}});
  builder.add_struct("event", 40, {{"pid", number, 0}});
  spec.types = builder.btf();
  const auto guess = [&](const IsOfKernel& is_of_kernel) {
    std::vector<std::string> names;
    for (const auto& type : infer_record_types(spec, 0, found, {}, is_of_kernel)) {
      names.push_back(type.types.c_name(type.type));
      names.insert(names.end(), type.others.begin(), type.others.end());
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(guess({}), (Names{"struct sched_avg", "struct event"}));
  const auto has = [](std::string_view name, std::uint32_t bytes) {
    return name == "sched_avg" && bytes == 40;
  };
  EXPECT_EQ(guess(has), Names{"struct event"});
  EXPECT_EQ(guess([](auto, auto) { return true; }), Names{});
}

TEST_F(Outputs, APlaceOnTheStackThatTookADetour) {
  Code program;
  program << copy(6, 10) << add(6, -24) << spill(6, -8);
  program.map(7, 0) << spill(7, -16) << helper(14) << reload(4, -8) << reload(2, -16) << mov(5, 24)
                    << helper(perf_output) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].map, 0U);
  EXPECT_EQ(found[0].place, Place::stack);
  EXPECT_EQ(found[0].frame, 0U);
  EXPECT_EQ(found[0].offset, -24);
}

TEST_F(Outputs, ASpillThatIsOverwrittenIsForgotten) {
  Code program;
  program << mov(6, 24) << spill(6, -8)
          << Insn{code(Class::st, isa::size_b | isa::mode_mem), 10, -5, 0};
  program.map(1, 0) << copy(2, 10) << reload(3, -8) << helper(ring_output) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].size, std::nullopt);
}

TEST_F(Outputs, ValuesOfMapsAndGlobals) {
  Code program;
  program.map(1, 1) << helper(lookup) << copy(8, 0);
  program.map(1, 0) << copy(2, 8) << mov(3, 100) << helper(ring_output);
  program.map(1, 0).address(2, Relocation::Kind::map_value, 2, 16)
      << mov(3, 8) << helper(ring_output) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].place, Place::map_value);
  EXPECT_EQ(found[0].place_map, 1U);
  EXPECT_EQ(found[1].place, Place::data);
  EXPECT_EQ(found[1].place_map, 2U);
  EXPECT_EQ(found[1].offset, 16);
}

TEST_F(Outputs, WhatIsDifferentOnTwoWaysIsNotKnown) {
  Code program;
  program.map(6, 0) << mov(7, 8) << jump_if_zero(1, 1) << mov(7, 16) << copy(1, 6) << copy(2, 7)
                    << helper(ring_reserve) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].size, std::nullopt);
  EXPECT_EQ(found[0].map, 0U);  // the same on both
}

TEST_F(Outputs, ALoopEnds) {
  Code program;
  program.map(6, 0) << mov(7, 0) << add(7, 1) << copy(1, 6) << copy(2, 7) << helper(ring_reserve)
                    << jump_if_zero(0, -5) << leave;
  const auto found = outputs(program);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].size, std::nullopt);
}

TEST_F(Outputs, ThroughSubprogramsWithTheirArguments) {
  Code program, sender;
  program << copy(1, 10) << add(1, -32) << mov(2, 32);
  program.call(1) << leave;
  sender << copy(6, 1) << copy(3, 2);
  sender.map(1, 0) << copy(2, 6) << helper(ring_output) << leave;
  const auto found = outputs(program, {sender});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].function, 1U);
  EXPECT_EQ(found[0].frame, 0U);
  EXPECT_EQ(found[0].offset, -32);
  EXPECT_EQ(found[0].size, 32U);
}

TEST_F(Outputs, AFunctionThatCallsItselfEnds) {
  Code program;
  program.map(1, 0) << mov(2, 8) << helper(ring_reserve);
  program.call(0) << leave;
  EXPECT_FALSE(outputs(program).empty());
}

// --- Which ring skep_where is asked for ---------------------------------------------------------

// Reserves `bytes` in the ring of r1 and asks function 2 about `size` bytes.
template <typename Code>
Code sender_of(std::int32_t bytes, std::int32_t size) {
  Code sender;
  sender << mov(2, bytes) << mov(3, 0) << helper(ring_reserve) << copy(1, 0) << mov(2, size)
         << mov(3, 0);
  sender.call(2) << leave;
  return sender;
}

TEST_F(Outputs, WhatIsAskedAboutWasReservedInARing) {
  Code program;
  program.map(1, 1).call(1) << leave;
  const auto calls = where_calls(program, {sender_of<Code>(24, 24)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].function, 1U);
  EXPECT_EQ(calls[0].map, 1U);
}

TEST_F(Outputs, OneReservationForTwoRingsIsForNone) {
  Code program;
  program.map(1, 0).call(1).map(1, 1).call(1) << leave;
  const auto calls = where_calls(program, {sender_of<Code>(24, 24)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].map, std::nullopt);
}

TEST_F(Outputs, NorIsOneForARingThatIsNotKnown) {
  spec.maps[0].type = MapType::ringbuf;  // the only one by name: others may lie in a map of maps
  Code program;
  program.map(1, 0).call(1) << reload(1, -8);
  program.call(1) << leave;
  const auto calls = where_calls(program, {sender_of<Code>(24, 24)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].map, std::nullopt);
}

// SKEP_STREAM_PER_CPU: the stream is what the ring was looked up in.
TEST_F(Outputs, ARingThatWasLookedUpIsOfItsArray) {
  spec.maps[1] = {.name = "rings", .type = MapType::array_of_maps};
  spec.maps[1].inner = {{.type = MapType::ringbuf}};
  spec.maps[1].slots = {{.index = 3, .target = 0}};
  const auto send = [](std::uint32_t map) {
    Code program;
    program.map(1, map) << helper(lookup) << jump_if_zero(0, 2) << copy(1, 0);
    program.call(1) << leave;
    return program;
  };
  auto calls = where_calls(send(1), {sender_of<Code>(24, 24)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].map, 1U);
  EXPECT_EQ(calls[0].reserved, 24U);
  const auto found = find_outputs(spec);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].map, 1U);
  EXPECT_TRUE(may_reach(spec, found[0], 0)) << "which the object puts there";
  EXPECT_FALSE(may_reach(spec, found[0], 2));
  // Values of other maps are no rings.
  calls = where_calls(send(2), {sender_of<Code>(24, 24)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].map, std::nullopt);
}

TEST_F(Outputs, AVoidPointerIsAskedAboutWithWhatWasReserved) {
  Code program;
  program.map(1, 0).call(1) << leave;
  auto calls = where_calls(program, {sender_of<Code>(24, 1)});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].reserved, 24U);
  EXPECT_TRUE(calls[0].is_void);

  Code asker;  // of two reservations
  asker << mov(2, 1) << mov(3, 0);
  asker.call(2) << leave;
  Code both;
  both.map(1, 0) << mov(2, 24) << mov(3, 0) << helper(ring_reserve) << copy(1, 0);
  both.call(1).map(1, 0) << mov(2, 32) << mov(3, 0) << helper(ring_reserve) << copy(1, 0);
  both.call(1) << leave;
  calls = where_calls(both, {asker});
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].map, 0U);
  EXPECT_EQ(calls[0].reserved, std::nullopt);
}

// The second caller comes too late to be looked at, or too deep.
TEST_F(Outputs, WhereTheWalkEndsEarlyNothingIsSaid) {
  Code program;
  program.map(1, 0).call(1);
  for (int i = 0; i < (1 << 18); ++i) program << mov(6, i);
  program.map(1, 1).call(1) << leave;
  EXPECT_TRUE(where_calls(program, {sender_of<Code>(24, 24)}).empty());

  Code caller, deep;
  caller.map(1, 0).call(1).call(3) << leave;
  deep.call(3) << leave;
  put(caller, {sender_of<Code>(24, 24), {}, deep});
  spec.functions[2].name = where_function;
  EXPECT_TRUE(find_where_calls(spec).empty());
}

TEST_F(Outputs, AnyInstructionsEndInTime) {
  std::mt19937 random(11);
  const auto started = std::chrono::steady_clock::now();
  for (int round = 0; round < 10; ++round) {
    Code program;
    const auto length = 1 + random() % 200;
    for (std::size_t i = 0; i < length; ++i) {
      Insn insn{static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()),
                static_cast<std::int16_t>(static_cast<int>(random() % 64) - 32),
                static_cast<std::int32_t>(random() % 256)};
      if (random() % 4 == 0) insn = helper(ring_reserve);
      if (random() % 8 == 0) {
        program.call(0);
      } else if (random() % 8 == 0) {
        program.map(static_cast<std::uint8_t>(random() % 11), 0);
      } else {
        program << insn;
      }
    }
    (void)outputs(program);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(60));
}

}  // namespace
}  // namespace skep::stream
