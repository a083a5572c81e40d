#include "kernel/fdinfo.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <string_view>

#include "kernel/host.hpp"

namespace skep::kernel {

Result<std::map<std::string, std::string, std::less<>>> read_fdinfo(Syscalls& sys, int fd,
                                                                    std::string_view process) {
  const auto path = fmt::format("/proc/{}/fdinfo/{}", process, fd);
  SKEP_TRY(const auto text, read_kernel_file(sys, AT_FDCWD, path.c_str()));
  std::map<std::string, std::string, std::less<>> out;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto value = line.find_first_not_of(" \t", colon + 1);
    out.emplace(line.substr(0, colon), value == std::string_view::npos ? "" : line.substr(value));
  }
  return out;
}

}  // namespace skep::kernel
