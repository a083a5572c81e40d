// elf/usdt.hpp: the probes that the authors of a user binary left in it (USDT): notes that
// sys/sdt.h or dtrace -G write, and what they say of each probe's arguments.
// https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "elf/user_binary.hpp"
#include "skep/result.hpp"

namespace skep::elf {

// One note as it stands in section .note.stapsdt. Borrows.
struct UsdtNote {
  std::uint64_t address = 0;    // of the instruction, as the linker had it
  std::uint64_t base = 0;       // where .stapsdt.base was then; 0: not known
  std::uint64_t semaphore = 0;  // address of a 16-bit counter; 0: the probe has none
  std::string_view provider, name, arguments;
};

// Other notes are passed over. Errors: bad_input for one that does not end within the section.
[[nodiscard]] Result<std::vector<UsdtNote>> parse_usdt_notes(Bytes section, bool is_64_bit);

// Where an argument is when the probe is hit.
struct UsdtArgument {
  enum class Kind : std::uint8_t {
    constant,     // `value` itself
    in_register,  // in `base`
    in_memory,    // at base + value, or, indexed, at base + (index << shift) + value
  };
  Kind kind = Kind::constant;
  std::uint8_t size = 8;  // bytes: 1, 2, 4 or 8
  bool is_signed = false;
  std::int64_t value = 0;
  std::uint16_t base = 0;  // bytes from the start of struct pt_regs to the register
  std::optional<std::uint16_t> index;
  std::uint8_t shift = 0;  // 0 to 3

  bool operator==(const UsdtArgument&) const = default;
};

// What the texts of arguments refer to.
struct UsdtContext {
  std::uint16_t machine = 0;  // EM_X86_64 or EM_AARCH64
  std::uint64_t address = 0;  // of the probe, as in the file
  bool is_fixed = false;      // the binary is loaded where its addresses say
  // The address of a symbol in the file.
  std::function<std::optional<std::uint64_t>(std::string_view)> find_symbol;
};

// "-4@%eax 8@-16(%rbp) 4@$5", "-4@[sp, 12]": one after the other, as the assembler of the machine
// writes them. Errors: unsupported for numbers in floating point and other places that a program
// cannot read, bad_input for what is no argument; each with the argument's number and text.
[[nodiscard]] Result<std::vector<UsdtArgument>> parse_usdt_arguments(std::string_view text,
                                                                     const UsdtContext& context);

// A place of a probe.
struct UsdtPlace {
  std::uint64_t offset = 0;     // bytes from the start of the file
  std::uint64_t semaphore = 0;  // the same of its counter; 0: none
  std::vector<UsdtArgument> arguments;
};

// All places of the probe, in the order of the file. Errors: not_found, with the probes that there
// are, or the nearest, as a hint; unsupported for binaries of another machine and arguments as
// above; bad_input.
[[nodiscard]] Result<std::vector<UsdtPlace>> find_usdt(const std::filesystem::path& binary,
                                                       std::string_view provider,
                                                       std::string_view name);

}  // namespace skep::elf
