// base/hash.hpp: names for contents.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace skep {

// XXH3 with 128 bits. It does not resist a forger; what it names lies in a folder that only its
// owner can write to, so a forger would deceive nobody but himself.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Each piece goes in with its length, so that "ab","c" and "a","bc" differ.
  Hasher& add(Bytes bytes);
  Hasher& add(std::string_view text) { return add(std::as_bytes(std::span(text))); }
  Hasher& add(std::uint64_t number) { return add(bytes_of(number)); }

  // 32 hexadecimal digits.
  [[nodiscard]] std::string digits() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string hash_of(Bytes bytes);

// XXH3 with 64 bits, of the bytes alone: for checksums and hash tables.
[[nodiscard]] std::uint64_t checksum_of(Bytes bytes) noexcept;

}  // namespace skep
