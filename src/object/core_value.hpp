// object/core_value.hpp: the number that a path stands for.
#pragma once

#include <cstdint>
#include <optional>

#include "object/core_path.hpp"

namespace skep::object {

struct CoreValue {
  std::uint64_t value = 0;
  // Of a field that a load or store may move as a whole: bytes, and its type. 0 otherwise.
  std::uint32_t field_size = 0;
  btf::TypeId field_type = 0;
  bool is_exact = true;  // false: the compiler may have put another number there
};

// `path` is nullptr where the target lacks it. Nothing: then there is no number, and the
// instruction must be poisoned. Errors: bad_input, unsupported for what no instruction can hold.
[[nodiscard]] Result<std::optional<CoreValue>> core_value(const Btf& types, btf::CoreKind kind,
                                                          const CorePath* path);

}  // namespace skep::object
