// object/externs.hpp: what an object expects the kernel to have.
#pragma once

#include <vector>

#include "elf/elf.hpp"
#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// Declared in the object, defined nowhere in it.
[[nodiscard]] bool is_extern(const elf::Symbol& symbol) noexcept;

// The object's externs, sorted and with their places in .kconfig. `types` is the object's BTF as
// the compiler wrote it, before complete_types. Errors: bad_input for a symbol that neither the
// object defines nor __kconfig or __ksym claims; unsupported for a type that no configuration value
// has.
[[nodiscard]] Result<std::vector<ExternSpec>> read_externs(const elf::File& file, const Btf& types);

// How a value of the configuration is read into a variable.
enum class KconfigKind : std::uint8_t {
  none,  // such a variable cannot hold one
  boolean,
  character,  // any integer of one byte
  integer,
  tristate,  // enum libbpf_tristate: no 0, yes 1, module 2
  text,      // an array of characters
};
[[nodiscard]] KconfigKind kconfig_kind(const Btf& types, btf::TypeId type) noexcept;

}  // namespace skep::object
