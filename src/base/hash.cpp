#include "base/hash.hpp"

#include <fmt/format.h>

// The algorithm comes in with its header: nothing to link, nothing to ship.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace skep {

struct Hasher::State {
  XXH3_state_t xxh;
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }

Hasher::~Hasher() = default;

Hasher& Hasher::add(Bytes bytes) {
  const std::uint64_t size = bytes.size();
  XXH3_128bits_update(&state_->xxh, &size, sizeof(size));
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
  return *this;
}

std::string Hasher::digits() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::uint64_t checksum_of(Bytes bytes) noexcept { return XXH3_64bits(bytes.data(), bytes.size()); }

std::string hash_of(Bytes bytes) { return Hasher().add(bytes).digits(); }

}  // namespace skep
