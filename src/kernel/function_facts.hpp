// kernel/function_facts.hpp: what the kernel says of one of its functions that programs hang on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syscalls.hpp"

namespace skep::kernel {

// Each is nothing where it could not be read.
struct FunctionFacts {
  std::string name;
  // Functions of that name in /proc/kallsyms, the kernel's and its modules'. 0: it was inlined
  // wherever it is called, is a macro, has another name here, or its module is not loaded.
  std::optional<std::size_t> symbols;
  std::string module;                  // of the first; empty: the kernel proper
  std::optional<bool> is_traceable;    // in available_filter_functions of tracefs: not notrace
  std::optional<bool> is_blacklisted;  // in kprobes/blacklist of debugfs
  std::optional<bool> has_type;        // in the kernel's BTF
  std::vector<std::string> variants;   // "NAME.isra.0": what the compiler made of it
  std::vector<std::string> near;       // without any: functions of a like name, the nearest first
};

[[nodiscard]] FunctionFacts facts_of_function(Syscalls& sys, std::string_view name);

// What the text of /proc/kallsyms ("ffffffff81000000 T _text\t[module]" in each line) says of it.
void search_symbols(std::string_view text, FunctionFacts& out);

}  // namespace skep::kernel
