// stream/outputs.hpp: where an object's programs write records, and of how many bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "skep/spec.hpp"

namespace skep::stream {

// A number that a program writes into a record as it stands in its instructions.
struct Constant {
  std::uint32_t offset = 0, size = 0;  // bytes
  std::uint64_t value = 0;
  friend bool operator==(const Constant&, const Constant&) = default;
};

// One call of a helper that puts a record into a ring or perf buffer.
struct Output {
  // Where the record's bytes lie while the program fills them in.
  enum class Place : std::uint8_t {
    unknown,
    reserved,   // in the ring buffer itself
    stack,      // of the function `frame`
    map_value,  // of the map `place_map`, by a look-up
    data,       // in the data section `place_map`
  };
  // Index into ObjectSpec::maps; where a ring buffer is looked up, what it is looked up in.
  std::uint32_t map = 0;
  std::uint32_t function = 0;         // index into ObjectSpec::functions: which calls the helper
  std::uint32_t instruction = 0;      // of that function
  std::optional<std::uint32_t> size;  // bytes, when they are the same each time
  Place place = Place::unknown;
  std::uint32_t frame = 0;      // stack: index into ObjectSpec::functions
  std::uint32_t place_map = 0;  // map_value, data: index into ObjectSpec::maps
  std::int64_t offset = 0;      // bytes: from the value's start, the section's, the frame pointer
  std::vector<Constant> constants;  // at the record's start: what may tell its type
};

// Whether it may go into `map`: itself, or one that the object puts where it is looked up.
[[nodiscard]] bool may_reach(const ObjectSpec& spec, const Output& output, std::uint32_t map);

// Follows the instructions of every program, through its subprograms: what registers hold, as far
// as that is the same on all ways. Calls whose map cannot be told are left out. Work is bounded: of
// hostile or huge programs some calls may be missing.
[[nodiscard]] std::vector<Output> find_outputs(const ObjectSpec& spec);

// The function of bpf/skep/stream.bpf.h that says whether a record is wanted; and what the names
// begin with of those that are asked before there is a record (SKEP_EARLY): the stream's follows.
inline constexpr std::string_view where_function = "skep_where";
inline constexpr std::string_view early_prefix = "skep_early_";

// One call of it.
struct WhereCall {
  std::uint32_t function = 0;     // index into ObjectSpec::functions
  std::uint32_t instruction = 0;  // of that function
  std::optional<std::uint32_t>
      map;  // which ring the record is for; nothing: not the same each time
  // Of the record's address, bytes, where it may be read only at multiples of a number's size: the
  // verifier holds the stack to that. 0: it is read as it lies.
  std::uint32_t alignment = 0;
  std::optional<std::uint32_t> reserved;  // bytes of the record, where the ring buffer has them
  bool is_copied = false;  // it is asked before a copy is made: nothing is reserved yet
  bool is_void = false;  // what the call says is 1, as of a `void *`: nothing, if `reserved` is not
};

// In order of their places. None when the programs are too long to be followed to their end: a way
// that nobody looked at might be another ring's.
[[nodiscard]] std::vector<WhereCall> find_where_calls(const ObjectSpec& spec);

}  // namespace skep::stream
