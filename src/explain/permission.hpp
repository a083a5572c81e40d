// explain/permission.hpp: why the kernel may have said "not permitted".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace skep::explain {

// What decides about permission, read from files so that a test can give its own.
struct Privileges {
  std::uint64_t effective = 0;     // capability bits (capabilities(7)) of this process
  bool in_user_namespace = false;  // other than the initial one: capabilities there do not count
  std::string lockdown;            // "none", "integrity", "confidentiality", or empty
};
[[nodiscard]] Privileges read_privileges();

// One sentence a cause, the likeliest first. Never empty.
[[nodiscard]] std::vector<std::string> explain_permission(const Privileges& privileges);

}  // namespace skep::explain
