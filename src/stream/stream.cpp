#include "skep/stream.hpp"

#include <algorithm>
#include <array>

#include "skep/object.hpp"

namespace skep {

Result<StreamPlaces> StreamPlaces::find(const Object& object, std::string_view ring) {
  StreamPlaces out;
  SKEP_TRY(out.ledger, Ledger::find(object, ring));
  const auto is_ring = [](const Map& map) { return map.type() == MapType::ringbuf; };
  if (std::ranges::count_if(object.maps(), is_ring) > 1) return out;
  SKEP_TRY(out.wakeup, Handshake::find(object));
  return out;
}

Result<StreamReader> StreamReader::open(const Map& ring, const StreamPlaces& places) {
  SKEP_TRY(auto reader, RingReader::open(ring));
  StreamReader out(std::move(reader));
  if (places.ledger) {
    SKEP_TRY(auto ledger, Ledger::open(*places.ledger));
    out.ledger_.emplace(std::move(ledger));
  }
  if (places.wakeup) {
    const std::array<const Map*, 1> rings{&ring};
    SKEP_TRY(auto handshake, Handshake::open(*places.wakeup, rings));
    out.ring_.leave_rest(true);
    out.handshake_ = std::make_unique<Handshake>(std::move(handshake));
  }
  return out;
}

Result<StreamReader> StreamReader::open(const Object& object, std::string_view ring) {
  SKEP_TRY(const Map* const map, object.map(ring));
  SKEP_TRY(const auto places, StreamPlaces::find(object, ring));
  return open(*map, places);
}

Result<bool> StreamReader::rest(std::chrono::milliseconds timeout) {
  const std::array<const RingReader*, 1> rings{&ring_};
  return handshake_->wait(rings, timeout);
}

std::chrono::milliseconds StreamReader::left_until(Handshake::Clock::time_point deadline) noexcept {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Handshake::Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace skep
