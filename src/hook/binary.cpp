#include "hook/binary.hpp"

#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::hook {
namespace {

// Debian keeps libraries per architecture (dpkg-architecture -qDEB_HOST_MULTIARCH).
#if defined(__x86_64__)
constexpr const char* library_folders =
    "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:"
    "/usr/local/lib";
#elif defined(__aarch64__)
constexpr const char* library_folders =
    "/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib:"
    "/usr/local/lib";
#else
constexpr const char* library_folders = "/lib64:/usr/lib64:/lib:/usr/lib:/usr/local/lib";
#endif
constexpr const char* program_folders = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

void append_folders(std::vector<std::string>& out, const char* list) {
  for (std::string_view rest = list != nullptr ? list : ""; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (end > 0) out.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace

Result<std::filesystem::path> find_binary(const std::string& name) {
  if (name.empty()) return fail(ErrorKind::invalid_argument, "a uprobe needs a binary");
  if (name.find('/') != std::string::npos) return std::filesystem::path(name);
  const bool library = name.find(".so") != std::string::npos;
  std::vector<std::string> folders;
  append_folders(folders, std::getenv(library ? "LD_LIBRARY_PATH" : "PATH"));
  append_folders(folders, library ? library_folders : program_folders);
  for (const auto& folder : folders) {
    auto path = std::filesystem::path(folder) / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return fail(ErrorKind::not_found, "no '{}' in {}", name, enumerate(folders));
}

}  // namespace skep::hook
