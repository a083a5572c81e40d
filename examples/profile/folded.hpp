// Stacks as lines: "command;outermost;innermost count".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "profile.skel.hpp"  // skep gen profile.bpf.o
#include "symbols.hpp"

namespace profile {

using Addresses = std::vector<std::uint64_t>;  // the outermost first

inline Addresses addresses_of(const std::uint64_t* stack, std::uint32_t bytes) {
  Addresses out(stack, stack + bytes / sizeof(*stack));
  std::ranges::reverse(out);
  return out;
}

// All but the innermost are where a call returns to: the byte before is the call's own, and may be
// the last of its function.
inline bool is_return(std::size_t index, const Addresses& stack) {
  return index + 1 < stack.size();
}

// Stacks that are alike, added up.
class Folded {
 public:
  // Names are looked up at the end: what takes long here is seen in the profile.
  void add(const tick& tick) {
    processes_.try_emplace(tick.pid, tick.pid);
    ++counts_[{tick.pid, tick.comm, addresses_of(tick.user, tick.user_size),
               addresses_of(tick.kernel, tick.kernel_size)}];
  }
  void print() const {
    const auto kernel = kernel_symbols();
    std::map<std::string, Symbols> files;
    std::map<std::string, int> lines;
    for (const auto& [stack, count] : counts_) {
      const auto& [pid, comm, outside, inside] = stack;
      std::string line = comm;
      const auto& process = processes_.at(pid);
      for (std::size_t i = 0; i < outside.size(); ++i) {
        line += ';' + process.at(outside[i] - is_return(i, outside), files);
      }
      for (std::size_t i = 0; i < inside.size(); ++i) {
        line += ';' + kernel.at(inside[i] - is_return(i, inside)) + "_[k]";
      }
      lines[line] += count;
    }
    for (const auto& [line, count] : lines) std::printf("%s %d\n", line.c_str(), count);
  }

 private:
  std::map<std::uint32_t, Process> processes_;
  std::map<std::tuple<std::uint32_t, std::string, Addresses, Addresses>, int> counts_;
};

}  // namespace profile
