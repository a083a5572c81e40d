// kernel/kallsyms.hpp: addresses of the kernel's symbols.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syscalls.hpp"
#include "object/target.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Picks lines of /proc/kallsyms ("ffffffff81000000 T _text", then the module) out of a text that
// comes in pieces. Lines of another form are passed over.
class SymbolPicker {
 public:
  // Borrows the names.
  explicit SymbolPicker(std::span<const std::string> names) : names_(names) {}

  // The next bytes of the file. Errors: limit for a line without end.
  [[nodiscard]] Result<void> feed(std::string_view piece);
  // Each name with each of its addresses, once, in the order of the file. Call after the last
  // piece.
  [[nodiscard]] std::vector<object::KernelSymbol> finish() &&;

 private:
  void read_line(std::string_view line);
  std::span<const std::string> names_;
  std::string rest_;  // of a line whose end has not come yet
  std::vector<object::KernelSymbol> found_;
};

// From /proc/kallsyms. Addresses are 0 where kernel.kptr_restrict hides them from this process.
[[nodiscard]] Result<std::vector<object::KernelSymbol>> find_symbols(
    Syscalls& sys, std::span<const std::string> names);

}  // namespace skep::kernel
