// stream/ledger.hpp: the losses that bpf/skep/stream.bpf.h counts in the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "skep/map.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

namespace skep::stream {

// The variable that is ring buffer `ring`'s ledger; nullptr when the object has none for it.
[[nodiscard]] const Variable* find_ledger(const ObjectSpec& spec, std::string_view ring);

// The counters of one ring buffer: `struct skep_ledger_NAME NAME_ledger` in a data section.
class Ledger {
 public:
  // The ledger of ring buffer `ring`; nothing when the object has none for it, so that its losses
  // cannot be known. It outlives the object. Errors: bad_input when there is one of another layout.
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

}  // namespace skep::stream
