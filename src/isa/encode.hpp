// isa/encode.hpp: the instructions of one function, from what C++ wrote (skep/instructions.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "skep/instructions.hpp"
#include "skep/result.hpp"

namespace skep::isa {

// What an instruction refers to outside the function.
struct OutsideReference {
  assembly::Operation::Kind kind = assembly::Operation::Kind::call;  // call, function, map*
  std::uint32_t instruction = 0;
  std::string name;
  std::uint32_t offset = 0;  // map_value: bytes
  assembly::Place where;
};

// An instruction as text, and where it stands in the C++ source.
struct EncodedLine {
  std::uint32_t instruction = 0;
  std::string text;
  assembly::Place where;
};

struct Encoded {
  std::vector<Insn> instructions;
  std::vector<OutsideReference> references;  // by instruction
  std::vector<EncodedLine> lines;            // the same: one for each instruction
};

// Errors: invalid_argument for labels that are missing or there twice, numbers that do not fit,
// unknown helpers and widths; the message begins with the place.
[[nodiscard]] Result<Encoded> encode(std::span<const assembly::Operation> code);

// "agent.cpp:23"; "instruction 4" where no place is known.
[[nodiscard]] std::string describe(const assembly::Place& where, std::size_t instruction);

}  // namespace skep::isa
