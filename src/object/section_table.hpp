// object/section_table.hpp: the names that SEC("…") may have.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "object/section.hpp"

namespace skep::object {

struct SectionEntry {
  std::string_view name;
  bool takes_target;  // "kprobe" and "kprobe/WHERE"; otherwise only the name itself
  ProgramType type;
  AttachType attach_type;
  std::uint32_t flags = 0;
};

// In the order of libbpf's table: the first that matches counts.
[[nodiscard]] std::span<const SectionEntry> section_entries() noexcept;

}  // namespace skep::object
