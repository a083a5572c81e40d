// Finds a map: by its pin, or by its name among all that the kernel has; then dumps what is in it.
// Names are not unique: each map that is called so is shown.
//   find-map /sys/fs/bpf/PIN
//   find-map NAME
#include <cstdio>
#include <cstring>
#include <skep/introspect.hpp>
#include <skep/map.hpp>
#include <string>

namespace {

void print(const char* before, std::span<const std::byte> bytes) {
  std::fputs(before, stdout);
  for (const auto byte : bytes) std::printf(" %02x", static_cast<unsigned>(byte));
}

skep::Result<void> dump(const skep::Map& map) {
  SKEP_TRY(const auto info, map.info());
  std::printf("Name: %s\n", info.name.c_str());
  std::printf("    id %u  type %s  key %uB  value %uB  max_entries %u\n", info.id,
              std::string(name_of(info.type)).c_str(), info.key_size, info.value_size,
              info.max_entries);
  SKEP_TRY(auto key, map.next_key(std::nullopt));
  while (key) {
    SKEP_TRY(const auto value, map.lookup(*key));
    if (value) {  // nobody deleted it meanwhile
      print("    key", *key);
      print("  value", *value);
      std::printf("\n");
    }
    SKEP_TRY(key, map.next_key(*key));
  }
  return {};
}

skep::Result<void> find(const char* what) {
  if (std::strchr(what, '/') != nullptr) {
    SKEP_TRY(const auto map, skep::Map::open(what));
    return dump(map);
  }
  return skep::visit_maps([&](const skep::LoadedMap& loaded) -> skep::Result<bool> {
    if (loaded.info.name != what) return true;
    SKEP_TRY(const auto map, skep::Map::by_id(loaded.info.id));
    SKEP_CHECK(dump(map));
    return true;
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: find-map PIN|NAME\n"), 2;
  const auto done = find(argv[1]);
  if (!done) std::fprintf(stderr, "find-map: %s\n", done.error().message().c_str());
  return done ? 0 : 1;
}
