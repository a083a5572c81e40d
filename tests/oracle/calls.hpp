// oracle/calls.hpp: what a loader asked the kernel for, in a form that two loaders can be compared
// in: descriptors are replaced by the names of what they stand for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace oracle {

using Blob = std::vector<std::byte>;

// One bpf(2) command that stems from the object.
struct Call {
  std::string command;  // "MAP_CREATE"
  std::string subject;  // the map, program or BTF it makes or changes: "events"
  // Attributes in the kernel's order, already as text: {"value_size", "8"}.
  std::vector<std::pair<std::string, std::string>> attributes;

  Blob key, value;                 // MAP_UPDATE_ELEM
  Blob types;                      // BTF_LOAD: the blob
  Blob code;                       // PROG_LOAD: instructions, descriptors zeroed
  std::vector<std::string> names;  // PROG_LOAD: one an instruction: what its descriptor names
  Blob functions, lines;           // PROG_LOAD: func_info, line_info
  std::uint32_t function_record = 0, line_record = 0;  // bytes each
};

// The canonical text of all calls: the types, each map with what is put into it, each program,
// then the order in which the calls came.
[[nodiscard]] std::string dump(const std::vector<Call>& calls);

// Parts of it.
[[nodiscard]] std::vector<std::string> types_as_text(const Blob& types);
[[nodiscard]] std::string string_in_types(const Blob& types, std::uint32_t offset);
[[nodiscard]] std::vector<std::string> code_as_text(const Blob& code,
                                                    const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> bytes_as_text(const Blob& bytes);

}  // namespace oracle
