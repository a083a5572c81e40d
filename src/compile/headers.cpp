#include "compile/headers.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "base/embedded.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

namespace skep {

// Written by the build: skep_embed in src/CMakeLists.txt.
extern const EmbeddedFile skep_headers_table[];
extern const std::size_t skep_headers_count;

namespace compile {
namespace {

constexpr std::size_t kernels_kept = 4;

struct Machine {
  std::string_view flag;  // libbpf's name, bpf/bpf_tracing.h
  const char* headers;    // of Debian's multiarch
};

constexpr Machine machine =
#if defined(__x86_64__)
    {"-D__TARGET_ARCH_x86", "/usr/include/x86_64-linux-gnu"};
#elif defined(__aarch64__)
    {"-D__TARGET_ARCH_arm64", "/usr/include/aarch64-linux-gnu"};
#else
#error "add the machine's names here"
#endif

std::span<const EmbeddedFile> own_headers() { return {skep_headers_table, skep_headers_count}; }

}  // namespace

Result<std::filesystem::path> provide_own_headers(const Folder& folder) {
  Hasher contents;
  for (const auto& file : own_headers()) contents.add(file.name).add(file.bytes());
  const auto name = "include-" + contents.digits();
  for (const auto& file : own_headers()) {
    const auto path = fmt::format("{}/{}", name, file.name);
    if (!folder.holds(path, file.bytes().size())) SKEP_CHECK(folder.write(path, file.bytes()));
  }
  folder.touch(name);
  return folder.path() / name;
}

std::string vmlinux_folder(const std::string& kernel_build_id) {
  struct stat program{};
  (void)::stat("/proc/self/exe", &program);
  return "vmlinux-" + Hasher()
                          .add(kernel_build_id)
                          .add(static_cast<std::uint64_t>(program.st_size))
                          .add(static_cast<std::uint64_t>(program.st_mtim.tv_sec))
                          .add(static_cast<std::uint64_t>(program.st_mtim.tv_nsec))
                          .digits();
}

Result<void> provide_vmlinux(const Folder& folder, const std::string& name,
                             const std::string& text) {
  SKEP_CHECK(folder.write(name + "/vmlinux.h", std::as_bytes(std::span(text))));
  folder.prune("vmlinux-", kernels_kept);
  return {};
}

std::filesystem::path machine_headers() {
  struct stat info{};
  std::filesystem::path folder = machine.headers;
  if (::stat((folder / "asm/types.h").c_str(), &info) != 0) return {};
  return folder;
}

std::string_view machine_flag() noexcept { return machine.flag; }

}  // namespace compile
}  // namespace skep
