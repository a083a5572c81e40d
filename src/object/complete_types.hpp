// object/complete_types.hpp: what the compiler left open in an object's BTF.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "elf/elf.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// The object's BTF with section sizes and variables' offsets set from the ELF file, variables and
// functions of hidden visibility made static, externs made what the verifier accepts: byte for byte
// what libbpf 1.5 sends to the kernel. `externs` are those of the file (read_externs). Malformed
// BTF comes back as it is. Errors: bad_input where the BTF names what the file lacks.
[[nodiscard]] Result<std::vector<std::byte>> complete_types(const elf::File& file, Bytes types,
                                                            std::span<const ExternSpec> externs);

}  // namespace skep::object
