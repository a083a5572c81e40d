// run/process_column.hpp: which process a row is of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "record/schema.hpp"

namespace skep::run {

// Where a row says of which process it is.
struct ProcessColumn {
  std::string column;        // its name in the schema
  std::uint32_t offset = 0;  // bytes from the row's start
  std::uint32_t size = 0;    // 4 to 8
  // Its number: the upper half of what bpf_get_current_pid_tgid() returned. Nothing when the row
  // is too short.
  [[nodiscard]] std::optional<std::uint32_t> read(std::span<const std::byte> row) const;
};

// A single integer that is called so: tgid or pid_tgid rather than pid, which may be a thread's,
// and that rather than tid. Nothing when there is none.
[[nodiscard]] std::optional<ProcessColumn> find_process_column(const record::Schema& schema);

}  // namespace skep::run
