// Stacks as lines: "command;outermost;innermost count".
#pragma once

#include <algorithm>
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
      for (const auto address : outside) line += ';' + processes_.at(pid).at(address, files);
      for (const auto address : inside) line += ';' + kernel.at(address) + "_[k]";
      lines[line] += count;
    }
    for (const auto& [line, count] : lines) std::printf("%s %d\n", line.c_str(), count);
  }

 private:
  std::map<std::uint32_t, Process> processes_;
  std::map<std::tuple<std::uint32_t, std::string, Addresses, Addresses>, int> counts_;
};

}  // namespace profile
