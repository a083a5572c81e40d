#include "run/process_column.hpp"

#include <cstring>
#include <string_view>

#include "run/stack_columns.hpp"

namespace skep::run {

std::optional<std::uint32_t> ProcessColumn::read(std::span<const std::byte> row) const {
  std::uint64_t value = 0;
  if (offset > row.size() || size > row.size() - offset || size > sizeof(value)) {
    return std::nullopt;
  }
  std::memcpy(&value, row.data() + offset, size);
  return static_cast<std::uint32_t>(value >> 32 != 0 ? value >> 32 : value);
}

std::optional<ProcessColumn> find_process_column(const record::Schema& schema) {
  for (const std::string_view wanted :
       {"tgid", "pid_tgid", "tgid_pid", "pidtgid", "pid", "process_id", "user_pid", "tid"}) {
    for (const auto& column : schema.columns) {
      if (is_single_integer(column) && column.size >= 4 && word_of(column) == wanted) {
        return ProcessColumn{column.name, column.offset, column.size};
      }
    }
  }
  return std::nullopt;
}

}  // namespace skep::run
