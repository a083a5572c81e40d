// kernel/kconfig.hpp: the configuration and the version of the running kernel.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/syscalls.hpp"
#include "object/target.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// /boot/config-RELEASE, else /proc/config.gz (CONFIG_IKCONFIG_PROC); either may be packed or not.
// Errors: unsupported when there is neither; bad_input for a damaged one.
[[nodiscard]] Result<object::KconfigText> read_kconfig(Syscalls& sys);

// Those of the options ("CONFIG_KPROBES") that this configuration sets to neither y nor m. What a
// kernel was built with is evidence, no verdict: some are built otherwise than they say.
[[nodiscard]] std::vector<std::string_view> unset_options(
    const object::KconfigText& configuration, const std::vector<std::string_view>& options);

// The bytes of a gzip file, unpacked; other bytes as they are. At most 16 MiB.
[[nodiscard]] Result<std::string> unpack(std::string bytes);

// major << 16 | minor << 8 | patch, as KERNEL_VERSION() of the kernel's headers (patch: at most
// 255). Distributions that keep one release name over many patches say the true one elsewhere:
// Ubuntu in /proc/version_signature, Debian in its version text.
[[nodiscard]] Result<std::uint32_t> read_kernel_version(Syscalls& sys);

}  // namespace skep::kernel
