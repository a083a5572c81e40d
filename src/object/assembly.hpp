// object/assembly.hpp: a program and the functions that it calls, one after the other.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "object/link.hpp"

namespace skep::object {

// Appends functions to a program, and fixes the calls between them.
//
// At the first call of a function, that function is appended, and all that it calls in turn, before
// its caller is looked at any further. The kernel does not mind the order; the tests do, which
// compare with libbpf.
class Assembly {
 public:
  // Both are borrowed.
  Assembly(const ObjectSpec& spec, LinkedProgram& program) : spec_(spec), program_(program) {}

  // Appends a function, unless it is there already.
  void add(std::uint32_t function);

  // In the order in which they stand.
  [[nodiscard]] const std::vector<std::uint32_t>& functions() const noexcept { return functions_; }
  // Precondition: it was added, or is called by one that was.
  [[nodiscard]] std::uint32_t position_of(std::uint32_t function) const {
    return positions_.at(function);
  }

 private:
  // A function whose calls are being looked at.
  struct Visit {
    std::uint32_t function;
    std::size_t next;  // index of its next relocation
  };

  std::uint32_t place(std::uint32_t function);
  void connect(std::uint32_t caller, const Relocation& relocation);

  const ObjectSpec& spec_;
  LinkedProgram& program_;
  std::vector<std::uint32_t> functions_;
  std::unordered_map<std::uint32_t, std::uint32_t> positions_;
  std::vector<Visit> visits_;
};

}  // namespace skep::object
