// isa/helpers.hpp: the names of the kernel's helper functions (the list is closed: what came
// after bpf_cgrp_storage_delete in 6.2 is a kfunc).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace skep::isa {

// "bpf_probe_read" for 4; empty for a number that no helper has.
[[nodiscard]] std::string_view helper_name(std::int32_t id) noexcept;

// 4 for "bpf_probe_read"; nothing for a name that no helper has.
[[nodiscard]] std::optional<std::int32_t> helper_number(std::string_view name) noexcept;

}  // namespace skep::isa
