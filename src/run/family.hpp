// run/family.hpp: the processes that descend from one, for `-- COMMAND`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>

#include "record/schema.hpp"
#include "skep/object.hpp"

namespace skep::run {

// Where a record says which process it is of.
struct ProcessColumn {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;   // 4, or 8
  std::uint32_t shift = 0;  // bits, of what bpf_get_current_pid_tgid() returned
  [[nodiscard]] std::optional<std::uint32_t> read(std::span<const std::byte> record) const;
};

// A column named tgid or pid, else pid_tgid, else tid. Nothing when there is none.
[[nodiscard]] std::optional<ProcessColumn> find_process_column(const record::Schema& schema);

// Follows forks in the kernel: no child is too short-lived to be known.
class Family {
 public:
  // From now on. Errors: what loading and attaching say.
  static Result<Family> follow(int process);

  // Whether a process or thread of that number is or was one of them.
  bool holds(std::uint32_t number);

 private:
  Family(Object object, Link link) noexcept : object_(std::move(object)), link_(std::move(link)) {}

  Object object_;
  Link link_;
  const Map* members_ = nullptr;
  std::unordered_set<std::uint32_t> known_;
};

}  // namespace skep::run
