// skep/ledger.hpp: the losses that bpf/skep/stream.bpf.h counts in the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "skep/map.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

class Object;

// The counters of one ring buffer: `struct skep_ledger_NAME NAME_ledger` in a data section.
// Move-only; may be read from several threads at once.
class Ledger {
 public:
  // Where they lie: bytes from the start of the section to the first, from each to the next, and
  // how many there are, one a CPU.
  struct Place {
    const Map* section = nullptr;
    std::uint64_t first = 0, stride = 0, count = 0;
  };
  // Those of ring buffer `ring`; nothing when the object has none for it, so that its losses cannot
  // be known. Errors: bad_input when there is one of another layout.
  static Result<std::optional<Place>> find(const Object& object, std::string_view ring);

  // It outlives the object. Kernel 5.5 (mmap of an array map). Errors: bad_input when `place` lies
  // outside its section; as Map::mapped.
  static Result<Ledger> open(const Place& place);
  // Both in one.
  static Result<std::optional<Ledger>> open(const Object& object, std::string_view ring);

  // Records that found the ring full since the object was loaded. Exact once the producers rest;
  // never more than were lost.
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  Ledger(Mapping section, std::span<const std::byte> cells, std::size_t stride) noexcept
      : section_(std::move(section)), cells_(cells), stride_(stride) {}

  Mapping section_;
  std::span<const std::byte> cells_;  // in section_, from the first counter on
  std::size_t stride_;                // bytes between two counters
};

}  // namespace skep
#pragma GCC visibility pop
