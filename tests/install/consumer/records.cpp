// An entry of a map as JSON, by the object's types alone.
#include <array>
#include <cstdint>
#include <cstdio>
#include <skep/record.hpp>

#include "counter.skel.hpp"

int main() {
  auto spec = counter::Spec::open();
  if (!spec) return 1;
  const auto formatter = skep::RecordFormatter::of_entries(spec->object(), "calls");
  if (!formatter) {
    std::fputs(formatter.error().message().c_str(), stderr);
    return 1;
  }
  const std::array<std::uint32_t, 1> key{7};
  const std::array<std::uint64_t, 1> value{3};
  std::string out;
  formatter->append(out, std::as_bytes(std::span(key)), std::as_bytes(std::span(value)));
  std::fputs(out.c_str(), stdout);
}
