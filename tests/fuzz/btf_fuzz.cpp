// Types, and what .BTF.ext says beside them: four bytes with the length of the BTF, the BTF, and
// the rest as .BTF.ext. Everything that can be asked of them is.
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "btf/ext.hpp"
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
  const auto ext = btf::parse_ext(std::vector(more.begin(), more.end()), *btf);
  if (!ext) return 0;
  std::size_t sum = 0;
  for (const auto& group : ext->functions) {
    for (const auto& one : group.records) sum += btf->type(one.type).name().size();
  }
  for (const auto& group : ext->lines) {
    for (const auto& one : group.records) sum += btf->string(one.line).size();
  }
  for (const auto& group : ext->relocations) {
    for (const auto& one : group.records) sum += btf->string(one.access).size();
  }
  sink = sum;
  return 0;
}
