// elf/section.hpp: one section of any ELF file, whatever its class, machine and byte order.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

namespace skep::elf {

[[nodiscard]] bool is_elf(std::span<const std::byte> file) noexcept;

// Its content; nothing when there is none of that name. Errors: bad_input when the file is damaged.
[[nodiscard]] Result<std::optional<std::vector<std::byte>>> read_section(
    std::span<const std::byte> file, std::string_view name);

}  // namespace skep::elf
