#include "record/syscall.hpp"

#include <seccomp.h>

namespace skep::record {

std::optional<std::uint32_t> number_of_syscall(const std::string& name) {
  // Those of other architectures have negative numbers (seccomp_syscall_resolve_name(3)).
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number < 0) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

}  // namespace skep::record
