#include "explain/function.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace skep::explain {
namespace {

std::string tell_missing(const kernel::FunctionFacts& function) {
  if (!function.variants.empty()) {
    return fmt::format(
        "The compiler made something else of '{}': {}. A kprobe can hang on such a name; the "
        "arguments may not be those of the source.",
        function.name, enumerate(function.variants));
  }
  auto out = fmt::format(
      "No function '{}' is in /proc/kallsyms: it is inlined wherever it is called, a macro, named "
      "otherwise in this kernel, or in a module that is not loaded.",
      function.name);
  if (!function.near.empty()) out += fmt::format(" The nearest: {}.", enumerate(function.near));
  return out;
}

std::string tell_untyped(const kernel::FunctionFacts& function) {
  const auto where = function.module.empty() ? "" : fmt::format(" (in module {})", function.module);
  return fmt::format(
      "'{}' is in /proc/kallsyms{}, but not in the kernel's types (BTF), which leave out functions "
      "that there are several of and those whose arguments the compiler changed. A kprobe needs no "
      "types.",
      function.name, where);
}

}  // namespace

std::vector<std::string> explain_function(const Attempt& attempt,
                                          const kernel::FunctionFacts& function) {
  const auto& name = function.name;
  if (function.symbols == 0U) return {tell_missing(function)};
  std::vector<std::string> out;
  if (function.symbols > 1U) {
    out.push_back(fmt::format(
        "The kernel has {} functions '{}', which a name does not tell apart. Hang on one that "
        "calls it, or that it calls.",
        *function.symbols, name));
  }
  if (function.is_blacklisted == true && attempt.by != Attempt::By::trampoline) {
    out.push_back(fmt::format(
        "'{}' must not be probed (kprobes/blacklist of debugfs): a probe there would run into "
        "itself. Hang on one that calls it.",
        name));
  } else if (function.is_traceable == false) {
    out.push_back(fmt::format(
        "'{}' cannot be traced: it is marked notrace in the kernel's source, or compiled without "
        "the place for a probe (it is not in available_filter_functions of tracefs). Neither "
        "fentry and fexit nor kprobes take it: hang on one that calls it.",
        name));
  }
  const bool by_type = attempt.step == Attempt::Step::link;
  if (out.empty() && by_type && function.has_type == false && function.symbols == 1U) {
    out.push_back(tell_untyped(function));
  }
  return out;
}

}  // namespace skep::explain
