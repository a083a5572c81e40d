// Stacks as lines: "command;outermost;innermost count".
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <ranges>
#include <skep/symbol.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "profile.skel.hpp"  // skep gen profile.bpf.o

namespace profile {

using Addresses = std::vector<std::uint64_t>;  // the innermost first

inline Addresses addresses_of(const std::uint64_t* stack, std::uint32_t bytes) {
  return {stack, stack + bytes / sizeof(*stack)};
}

// Functions that were inlined are frames like others.
inline std::string joined(const std::vector<skep::Frame>& frames, std::string_view suffix) {
  std::string out;
  for (const auto& frame : frames | std::views::reverse) {
    out.append(";").append(frame.function.empty() ? "[unknown]" : frame.function).append(suffix);
  }
  return out;
}

// Stacks that are alike, added up.
class Folded {
 public:
  // Names are looked up at the end: what takes long here is seen in the profile.
  void add(const tick& tick) {
    processes_.remember(static_cast<pid_t>(tick.pid));
    ++counts_[{tick.pid, tick.comm, addresses_of(tick.user, tick.user_size),
               addresses_of(tick.kernel, tick.kernel_size)}];
  }
  void print() {
    std::map<std::string, int> lines;
    for (const auto& [stack, count] : counts_) {
      const auto& [pid, comm, outside, inside] = stack;
      const auto user = processes_.find_stack(static_cast<pid_t>(pid), outside);
      lines[comm + joined(user, "") + joined(kernel_.find_stack(inside), "_[k]")] += count;
    }
    for (const auto& [line, count] : lines) std::printf("%s %d\n", line.c_str(), count);
  }

 private:
  skep::UserSymbols processes_{{.lines = false}};
  skep::KernelSymbols kernel_;
  std::map<std::tuple<std::uint32_t, std::string, Addresses, Addresses>, int> counts_;
};

}  // namespace profile
