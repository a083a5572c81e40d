// Reads what `xdp-sources` counts, or counted, from its pin: xdp-sources-read PIN
#include <arpa/inet.h>

#include <cstdio>
#include <skep/maps.hpp>

int main(int argc, char** argv) {
  const auto map = skep::Map::open(argc == 2 ? argv[1] : "");
  if (!map) return std::fprintf(stderr, "%s\n", map.error().message().c_str()), 1;
  const auto sources = map->as<skep::Hash<std::uint32_t, std::uint64_t>>();
  if (!sources) return std::fprintf(stderr, "%s\n", sources.error().message().c_str()), 1;
  const auto done = sources->for_each([](std::uint32_t source, std::uint64_t packets) {
    std::printf("%-15s %8llu\n", inet_ntoa({source}), static_cast<unsigned long long>(packets));
  });
  return done ? 0 : 1;
}
