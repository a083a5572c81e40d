// compile/headers.hpp: the headers that skep itself brings: skep/*.h and vmlinux.h.
#pragma once

#include <filesystem>
#include <string>

#include "base/cache.hpp"

namespace skep::compile {

// Puts bpf/skep/*.h, which the binary carries, below `folder`, unless they are there. Returns what
// to give to -I. The name is made of the contents: another version of skep has another one.
[[nodiscard]] Result<std::filesystem::path> provide_own_headers(const Folder& folder);

// The name, below the cache, of the folder with vmlinux.h for a kernel as this very program prints
// it (a rebuilt skep may print it differently).
[[nodiscard]] std::string vmlinux_folder(const std::string& kernel_build_id);

// Puts vmlinux.h, `text`, below `folder`/`name`, and forgets those of long gone kernels.
[[nodiscard]] Result<void> provide_vmlinux(const Folder& folder, const std::string& name,
                                           const std::string& text);

// The folder with <asm/types.h>, which clang finds only for the machine that it compiles for, and
// that is not BPF. Debian keeps it below a folder named after the machine. Empty: not needed, or
// not installed.
[[nodiscard]] std::filesystem::path machine_headers();

// "-D__TARGET_ARCH_x86": what bpf/bpf_tracing.h asks for.
[[nodiscard]] std::string_view machine_flag() noexcept;

}  // namespace skep::compile
