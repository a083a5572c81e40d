// run/family.hpp: the processes that descend from one, for `-- COMMAND`.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "skep/map.hpp"
#include "skep/object.hpp"

namespace skep::run {

// Follows forks in the kernel: no child is too short-lived to be known.
class Family {
 public:
  // The next process that this one makes is the first. Errors: what loading and attaching say.
  static Result<Family> follow();
  // Whether the first one has come.
  [[nodiscard]] bool has_begun() const;

  // Whether a process or thread of that number is or was one of them.
  bool holds(std::uint32_t number);
  // Those that found no room.
  [[nodiscard]] std::uint64_t missed() const;

 private:
  Family(Object object, Link link) noexcept : object_(std::move(object)), link_(std::move(link)) {}

  Object object_;
  Link link_;
  [[nodiscard]] std::uint64_t counter(std::string_view name) const;

  const Map* members_ = nullptr;
  Mapping counters_;
  std::unordered_set<std::uint32_t> known_;
};

}  // namespace skep::run
