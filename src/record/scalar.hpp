// record/scalar.hpp: one number, truth, name or address from text, and back. See value.hpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "record/value.hpp"

namespace skep::record {

// Integers up to 64 bits, bool, enums, float and double. `type` is stripped.
[[nodiscard]] bool is_scalar(const btf::Type& type) noexcept;

// What the place's name says, where a value of that type can be such.
[[nodiscard]] Unit unit_at(const Btf& types, btf::TypeId type, const ValuePlace& place);

// Precondition: is_scalar(), and `out` has the type's size.
[[nodiscard]] Result<void> encode_scalar(const Btf& types, btf::TypeId type,
                                         const std::string& text, const ValuePlace& place,
                                         std::span<std::byte> out);

// An IPv4 address into 4 bytes, an IPv6 address into 16, a MAC address into 6. False when it is
// none of that size.
[[nodiscard]] bool encode_address(std::string_view text, std::span<std::byte> out);

[[nodiscard]] std::string show_scalar(const Btf& types, btf::TypeId type, std::string_view name,
                                      std::span<const std::byte> bytes);

}  // namespace skep::record
