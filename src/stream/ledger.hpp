// stream/ledger.hpp: which variable is the ledger of a stream (see skep/ledger.hpp), and what it
// counts besides losses: records that nobody wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "object/rings.hpp"
#include "skep/ledger.hpp"
#include "skep/object.hpp"
#include "skep/spec.hpp"

namespace skep::stream {

// Where bpf/skep/stream.bpf.h keeps what user space and programs tell each other: no data of a
// program's.
inline constexpr std::string_view own_section = ".data.skep";

using object::find_ledger;

// Where a counter lies in the value of a map, once in each of `cells`, a power of two: bytes to the
// first, and from one to the next.
struct CounterPlace {
  std::uint32_t map = 0;  // index into ObjectSpec::maps
  std::uint32_t offset = 0, stride = 0, cells = 0;
};

// Where a program counts that a record of ring buffer `ring` was not wanted, and so not sent;
// nothing when the object has no place for that.
[[nodiscard]] std::optional<CounterPlace> find_unwanted_counter(const ObjectSpec& spec,
                                                                std::string_view ring);

// That counter, as user space reads it.
class UnwantedCounter {
 public:
  // Nothing when there is no place for it. It outlives the object. Errors: as Ledger::open.
  static Result<std::optional<UnwantedCounter>> open(const Object& object, std::string_view ring);
  // Since the object was loaded; exact once the producers rest.
  [[nodiscard]] std::uint64_t count() const noexcept { return cells_.lost(); }

 private:
  explicit UnwantedCounter(Ledger cells) noexcept : cells_(std::move(cells)) {}
  Ledger cells_;  // of that column of the table
};

}  // namespace skep::stream
