#include "run/target.hpp"

#include <sys/utsname.h>

#include <algorithm>
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
  // What the system says names the file already.
  if (types || types.error().code() != 0) return types;
  return add_context(std::move(types).error(), "{}", file.native());
}

Result<Btf> target_types(const std::string& path) {
  return path.empty() ? kernel::read_kernel_types(kernel::real_syscalls())
                      : read_target_types(path);
}

object::Target target_of_types(Btf types) {
  object::Target target;
  target.types = std::move(types);
  target.are_symbols_known = false;
  return target;
}

std::vector<std::string> what_types_leave_open(const ObjectSpec& spec) {
  std::vector<std::string> out;
  for (const auto& item : spec.externs) {
    if (item.kind != ExternSpec::Kind::address || item.weak) continue;
    out.push_back(fmt::format(
        "whether that kernel has the symbol '{}' is not known: types alone do not say it",
        item.name));
  }
  return out;
}

Result<void> add_module_types(const object::ModuleNeeds& needs, object::Target& target,
                              const fs::path& folder) {
  if (!target.types) return {};
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto name = file.filename().native();
    const bool is_wanted = needs.all || std::ranges::find(needs.names, name) != needs.names.end();
    if (name == "vmlinux" || !is_wanted) continue;
    auto bytes = read_file(file, largest_file);
    if (!bytes && bytes.error().code() == ENOENT) continue;  // unloaded in the meantime
    if (!bytes) return std::unexpected(std::move(bytes).error());
    auto types = Btf::parse(*std::move(bytes), target.types);
    if (!types) {
      return add_context(std::move(types).error(), "read the types of module '{}'", name);
    }
    target.modules.push_back({name, *std::move(types)});
  }
  return {};
}

}  // namespace skep::run
