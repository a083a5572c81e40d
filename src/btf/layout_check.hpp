// btf/layout_check.hpp: whether a C++ type reads what a BTF type wrote.
#pragma once

#include <optional>
#include <string>

#include "skep/btf.hpp"
#include "skep/layout.hpp"

namespace skep::btf {

// What is wrong with reading a value of the type `id` as `shape`, in words: "field 'port'
// (unsigned, 2 bytes at byte 4): there the object has '__u32'". Nothing when it fits. Each number
// of `shape` must lie on a number of the same size and sign; names matter only where both sides
// know a name, which then must be at the same place. Bytes and what is not told fit everything.
[[nodiscard]] std::optional<std::string> misfit(const layout::Shape& shape, const Btf& types,
                                                TypeId id);

}  // namespace skep::btf
