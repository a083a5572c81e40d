// symbol/lines.hpp: source lines and inlined functions, by DWARF (libdw).
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elf/user_binary.hpp"

namespace skep::symbol {

// Where an address is in the source: one function.
struct SourcePlace {
  std::string function;  // mangled where its language does so; may be empty
  std::string file;      // may be empty
  std::uint32_t line = 0;
  std::uint64_t start = 0;  // the function's lowest address; 0 for an inlined one
};

class Lines {
 public:
  // Borrows the binary. Nothing when it has no DWARF that can be read.
  static std::optional<Lines> open(const elf::UserBinary& binary);

  // The functions at `address` (of the file), innermost first: the last one is the function itself,
  // those before it are inlined there. Empty where DWARF knows nothing.
  [[nodiscard]] std::vector<SourcePlace> find(std::uint64_t address) const;

 private:
  struct Close {
    void operator()(Dwarf* dwarf) const noexcept { dwarf_end(dwarf); }
  };
  struct Range {
    std::uint64_t low = 0, high = 0;
    Dwarf_Off unit = 0;
  };
  explicit Lines(Dwarf* dwarf) : dwarf_(dwarf) {}
  void index_units();

  std::unique_ptr<Dwarf, Close> dwarf_;
  std::vector<Range> ranges_;  // of compilation units, by their starts
};

}  // namespace skep::symbol
