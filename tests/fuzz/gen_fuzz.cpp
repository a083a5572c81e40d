// C++ headers of whole object files.
#include <cstddef>
#include <cstdint>
#include <span>

#include "gen/header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto spec = skep::ObjectSpec::parse(bytes, "fuzz");
  if (spec)
    (void)skep::gen::make_header(*spec, bytes.first(std::min<std::size_t>(size, 64)), "fuzz");
  return 0;
}
