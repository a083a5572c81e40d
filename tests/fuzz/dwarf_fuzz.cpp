// DWARF of whole object files: local variables, and what records of their types would be.
#include <cstddef>
#include <cstdint>
#include <span>

#include "dwarf/local_variables.hpp"
#include "record/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto locals = skep::dwarf::read_local_variables(std::as_bytes(std::span(data, size)));
  if (!locals) return 0;
  for (const auto& local : locals->variables) {
    (void)skep::record::make_schema(locals->types, local.type);
  }
  return 0;
}
