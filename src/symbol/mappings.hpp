// symbol/mappings.hpp: what a process has mapped executable: /proc/PID/maps (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skep::symbol {

struct Mapping {
  std::uint64_t start = 0, end = 0;  // addresses
  std::uint64_t offset = 0;          // of its first byte in the file
  std::uint64_t inode = 0;           // 0: no file
  std::string path;                  // as the process sees it; "[vdso]"; empty: no name
  bool is_deleted = false;

  bool operator==(const Mapping&) const = default;
};

// Those that may be executed, by their addresses. Lines of another form are passed over.
[[nodiscard]] std::vector<Mapping> parse_mappings(std::string_view text);

// The one that `address` lies in, or nullptr.
[[nodiscard]] const Mapping* find_mapping(const std::vector<Mapping>& mappings,
                                          std::uint64_t address) noexcept;

}  // namespace skep::symbol
