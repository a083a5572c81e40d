#include "skep/stream.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/map_rings.hpp"
#include "skep/object.hpp"
#include "stream/rings.hpp"

namespace skep {
namespace {

// Of an array without rings: that there are none in it, or why they could not be opened.
Result<void> say_why_empty(const Map& array) {
  if (array.type() != MapType::array_of_maps || array.fd() < 0) return {};
  SKEP_TRY(const auto rings, kernel::rings_in(array.syscalls(), array));
  if (rings.empty()) {
    return fail(ErrorKind::invalid_argument,
                "map '{}' holds no ring buffers: its loader has to put them there", array.name());
  }
  return fail(ErrorKind::invalid_argument,
              "map '{}' was taken without its ring buffers: open it by its pin or its id",
              array.name());
}

}  // namespace

Result<StreamPlaces> StreamPlaces::find(const Object& object, std::string_view ring) {
  StreamPlaces out;
  SKEP_TRY(out.ledger, Ledger::find(object, ring));
  const auto is_stream = [](const Map& map) {
    return map.type() == MapType::ringbuf || !map.rings().empty();
  };
  if (std::ranges::count_if(object.maps(), is_stream) > 1) return out;
  SKEP_TRY(out.wakeup, Handshake::find(object));
  return out;
}

Result<StreamReader> StreamReader::open(const Map& ring, const StreamPlaces& places) {
  std::vector<const Map*> rings;
  stream::add_rings(ring, rings);
  if (rings.empty()) SKEP_CHECK(say_why_empty(ring));
  if (rings.empty()) rings.push_back(&ring);  // RingReader says what it is instead
  StreamReader out;
  for (const Map* one : rings) {
    SKEP_TRY(auto reader, RingReader::open(*one));
    out.rings_.push_back(std::move(reader));
  }
  if (places.ledger) {
    SKEP_TRY(auto ledger, Ledger::open(*places.ledger));
    out.ledger_.emplace(std::move(ledger));
  }
  if (places.wakeup) {
    SKEP_TRY(auto handshake, Handshake::open(*places.wakeup, rings));
    for (auto& reader : out.rings_) reader.leave_rest(true);
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
  std::array<const RingReader*, 1> only{rings_.data()};
  if (rings_.size() == 1) return handshake_->wait(only, timeout);
  std::vector<const RingReader*> rings;
  rings.reserve(rings_.size());
  for (const auto& ring : rings_) rings.push_back(&ring);
  return handshake_->wait(rings, timeout);
}

Result<bool> StreamReader::wait(std::chrono::milliseconds timeout) const {
  if (rings_.size() == 1) return rings_.front().wait(timeout);
  std::vector<pollfd> fds;
  for (const auto& ring : rings_) {
    SKEP_TRY(const bool ready, ring.wait(std::chrono::milliseconds(0)));
    if (ready) return true;
    fds.push_back({ring.epoll_fd(), POLLIN, 0});
  }
  const int limit = timeout.count() < 0 ? -1 : static_cast<int>(timeout.count());
  const int count = ::poll(fds.data(), fds.size(), limit);
  if (count < 0 && errno != EINTR) return fail_errno(errno, "wait for the ring buffers");
  return count > 0;
}

Result<void> StreamReader::check() const {
  for (const auto& ring : rings_) SKEP_CHECK(ring.check());
  return {};
}

void StreamReader::let_kernel_decide() noexcept {
  handshake_.reset();
  for (auto& ring : rings_) ring.leave_rest(false);
}

std::chrono::milliseconds StreamReader::left_until(Handshake::Clock::time_point deadline) noexcept {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - Handshake::Clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace skep
