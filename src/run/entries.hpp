// run/entries.hpp: a map's entries as bytes: their order, and what changed since the last time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "run/plan.hpp"

namespace skep::run {

using Entry = std::vector<std::byte>;  // a key and, from value_offset on, its value; perhaps a CPU
using Entries = std::vector<Entry>;

// An integer of up to 64 bits that is no bit field, whatever it means: it can be added up.
[[nodiscard]] bool is_countable(const record::Column& column) noexcept;

// Where a number of a value lies.
struct NumberPlace {
  std::uint32_t offset = 0, size = 0;  // bytes
  friend bool operator==(const NumberPlace&, const NumberPlace&) = default;
};

// Those of a table's value that can be added up, each once: members of a union may share them.
// Nothing where not all of the value is such, or numbers overlap in part.
[[nodiscard]] std::vector<NumberPlace> numbers_of(const PlannedTable& table);
[[nodiscard]] bool is_all_numbers(const PlannedTable& table);

// `size` bytes at `offset` as a number; 0 where they do not lie in `bytes`, or are more than 8.
[[nodiscard]] std::uint64_t load_number(std::span<const std::byte> bytes, std::uint32_t offset,
                                        std::uint32_t size) noexcept;
void store_number(std::span<std::byte> bytes, std::uint32_t offset, std::uint32_t size,
                  std::uint64_t value) noexcept;

// By the column that was asked for; else by the value where that is one number, the largest first;
// else by the keys. Arrays stay in their own order unless asked for another.
void sort_entries(Entries& entries, const PlannedTable& table);

// Sums of a value's numbers are turned into what was added since the last time.
class Changes {
 public:
  // What was there before anything ran.
  void begin(const Entries& entries, const PlannedTable& table);

  // Leaves the entries that changed. `per_second`: with their numbers divided by the time that went
  // by.
  void keep(Entries& entries, const PlannedTable& table, bool per_second,
            std::chrono::milliseconds passed);

 private:
  std::map<Entry, Entry> before_;
};

}  // namespace skep::run
