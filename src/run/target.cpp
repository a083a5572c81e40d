#include "run/target.hpp"

#include <sys/utsname.h>

#include <cerrno>

#include "base/error.hpp"
#include "base/file.hpp"
#include "elf/section.hpp"
#include "kernel/host.hpp"

namespace skep::run {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_file = 1ULL << 30;  // a vmlinux with debug information

Result<fs::path> file_in(const fs::path& directory) {
  utsname host{};
  if (::uname(&host) != 0) return fail_errno(errno, "uname");
  auto file = directory / (std::string(host.release) + ".btf");
  std::error_code ignored;
  if (fs::exists(file, ignored)) return file;
  Error error(ErrorKind::not_found,
              fmt::format("find the types of kernel {} in {}: there is no {}", host.release,
                          directory.native(), file.filename().native()));
  return std::unexpected(
      std::move(error).hint("A directory holds one file a kernel, named RELEASE.btf after what "
                            "`uname -r` says; or name the file itself."));
}

Result<Btf> parse_file(const fs::path& file) {
  SKEP_TRY(auto bytes, read_file(file, largest_file));
  if (!elf::is_elf(bytes)) return Btf::parse(std::move(bytes));
  SKEP_TRY(auto section, elf::read_section(bytes, ".BTF"));
  if (!section) return fail(ErrorKind::bad_input, "this ELF file has no section .BTF");
  return Btf::parse(*std::move(section));
}

}  // namespace

Result<Btf> read_target_types(const fs::path& path) {
  std::error_code ignored;
  fs::path file = path;
  if (fs::is_directory(path, ignored)) {
    SKEP_TRY(file, file_in(path));
  }
  auto types = parse_file(file);
  if (!types) return add_context(std::move(types).error(), "{}", file.native());
  return types;
}

Result<Btf> target_types(const std::string& path) {
  return path.empty() ? kernel::read_kernel_types(kernel::real_syscalls())
                      : read_target_types(path);
}

}  // namespace skep::run
