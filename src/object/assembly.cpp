#include "object/assembly.hpp"

#include "isa/opcode.hpp"

namespace skep::object {
namespace {

bool leads_to_function(const Relocation& relocation) {
  return relocation.kind == Relocation::Kind::call || relocation.kind == Relocation::Kind::function;
}

}  // namespace

// A stack of its own instead of recursion: a file may hold a million functions that call each
// other.
void Assembly::add(std::uint32_t function) {
  if (positions_.contains(function)) return;
  place(function);
  while (!visits_.empty()) {
    auto& visit = visits_.back();
    const auto& relocations = spec_.functions[visit.function].relocations;
    if (visit.next == relocations.size()) {
      visits_.pop_back();
      continue;
    }
    const auto caller = visit.function;
    const auto& relocation = relocations[visit.next++];
    if (leads_to_function(relocation)) connect(caller, relocation);
  }
}

std::uint32_t Assembly::place(std::uint32_t function) {
  const auto& code = spec_.functions[function].instructions;
  const auto position = static_cast<std::uint32_t>(program_.instructions.size());
  program_.instructions.insert(program_.instructions.end(), code.begin(), code.end());
  functions_.push_back(function);
  positions_.emplace(function, position);
  visits_.push_back({function, 0});
  return position;
}

// Calls, and addresses of callbacks, count from the instruction after them.
void Assembly::connect(std::uint32_t caller, const Relocation& relocation) {
  const auto known = positions_.find(relocation.target);
  const auto to = known != positions_.end() ? known->second : place(relocation.target);
  const auto from = positions_.at(caller) + relocation.instruction;
  auto& insn = program_.instructions[from];
  insn.imm = static_cast<std::int32_t>(to - from - 1);
  if (relocation.kind == Relocation::Kind::function) insn.set_src(isa::pseudo_function);
}

}  // namespace skep::object
