#include "record/syscall.hpp"

#include <seccomp.h>

#include <climits>
#include <cstdlib>

namespace skep::record {

std::optional<std::uint32_t> number_of_syscall(const std::string& name) {
  // Those of other architectures have negative numbers (seccomp_syscall_resolve_name(3)).
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number < 0) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::string name_of_syscall(std::uint64_t number) {
  if (number > INT_MAX) return {};
  char* name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number));
  std::string out = name == nullptr ? "" : name;
  std::free(name);
  return out;
}

}  // namespace skep::record
