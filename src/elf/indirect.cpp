#include "elf/indirect.hpp"

#include <dlfcn.h>
#include <link.h>
#include <sys/stat.h>

#include <memory>
#include <string>

namespace skep::elf {
namespace {

struct Loaded {
  dev_t device = 0;
  ino_t inode = 0;
  std::string path;        // under which this process has the file
  std::uint64_t base = 0;  // what was added to its addresses
  bool found = false;
};

int compare(dl_phdr_info* info, std::size_t, void* data) {
  auto& wanted = *static_cast<Loaded*>(data);
  struct stat status{};
  const bool has_name = info->dlpi_name != nullptr && *info->dlpi_name != '\0';
  if (!has_name || ::stat(info->dlpi_name, &status) != 0) return 0;
  if (status.st_dev != wanted.device || status.st_ino != wanted.inode) return 0;
  wanted.path = info->dlpi_name;
  wanted.base = info->dlpi_addr;
  wanted.found = true;
  return 1;
}

struct Close {
  void operator()(void* handle) const noexcept { ::dlclose(handle); }
};

}  // namespace

std::optional<std::uint64_t> picked_function(const std::filesystem::path& binary,
                                             const UserSymbol& symbol) {
  struct stat status{};
  if (::stat(binary.c_str(), &status) != 0) return std::nullopt;
  Loaded loaded{.device = status.st_dev, .inode = status.st_ino, .path = {}};
  ::dl_iterate_phdr(compare, &loaded);
  if (!loaded.found) return std::nullopt;
  const std::unique_ptr<void, Close> handle(
      ::dlopen(loaded.path.c_str(), RTLD_NOLOAD | RTLD_LAZY | RTLD_LOCAL));
  if (!handle) return std::nullopt;
  const std::string name(symbol.name), version(symbol.version);
  void* picked = version.empty() ? ::dlsym(handle.get(), name.c_str())
                                 : ::dlvsym(handle.get(), name.c_str(), version.c_str());
  // It may lie elsewhere: time() and gettimeofday() are the kernel's (vDSO).
  Dl_info where{};
  if (picked == nullptr || ::dladdr(picked, &where) == 0) return std::nullopt;
  const auto base = reinterpret_cast<std::uintptr_t>(where.dli_fbase);
  const auto address = reinterpret_cast<std::uintptr_t>(picked);
  if (base != loaded.base || address < base) return std::nullopt;
  return address - base;
}

}  // namespace skep::elf
