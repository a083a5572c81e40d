// Types: four bytes with the length of a BTF, the BTF, and the rest as one that is split on it.
// Everything that can be asked of them is.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"
#include "unit/btf_walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skep;
  const auto input = std::as_bytes(std::span(data, size));
  const auto length = read_at<std::uint32_t>(input, 0);
  if (!length) return 0;
  const auto rest = input.subspan(sizeof(*length));
  const auto types = rest.first(std::min<std::size_t>(*length, rest.size()));
  // Copies of the exact size, so that the sanitizer sees the first byte read beyond them.
  const auto btf = Btf::parse(std::vector(types.begin(), types.end()));
  if (!btf) return 0;
  [[maybe_unused]] static volatile std::size_t sink;
  sink = test::walk(*btf);
  const auto more = rest.subspan(types.size());
  const auto split = Btf::parse(std::vector(more.begin(), more.end()), *btf);
  if (split) sink = test::walk(*split);
  return 0;
}
