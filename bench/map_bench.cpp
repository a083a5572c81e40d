// Maps by skep's typed views beside libbpf's raw calls on the same map: a lookup, an update, and
// all of a million entries in batches. As root.
#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "ratio.hpp"
#include "skep/maps.hpp"

namespace {

using namespace skep;
using bench::must;

using Key = std::uint32_t;
using Value = std::uint64_t;
using View = Hash<Key, Value>;

constexpr std::uint32_t operations = 20'000;
constexpr std::uint32_t many = 1'000'000;
constexpr std::uint32_t portion = 4096;  // of libbpf's side: larger ones are not faster

Map make(std::uint32_t entries) {
  return must(Map::create({.name = "bench",
                           .kernel_name = "bench",
                           .type = MapType::hash,
                           .key_size = sizeof(Key),
                           .value_size = sizeof(Value),
                           .max_entries = entries}));
}

void check(bool good, const char* what) {
  if (!good) bench::give_up(what);
}

bool lookups(const Map& map, const View& view) {
  return bench::compare(
      {.name = "lookup", .operations = operations, .goal = 1.10}, [] {},
      [&] {
        Value sum = 0;
        for (Key key = 0; key < operations; ++key) sum += must(view.lookup(key)).value_or(0);
        check(sum != 0, "skep's lookups found nothing");
      },
      [&] {
        Value sum = 0, value = 0;
        for (Key key = 0; key < operations; ++key) {
          check(bpf_map_lookup_elem(map.fd(), &key, &value) == 0, "libbpf's lookup");
          sum += value;
        }
        check(sum != 0, "libbpf's lookups found nothing");
      });
}

bool updates(const Map& map, const View& view) {
  return bench::compare(
      {.name = "update", .operations = operations, .goal = 1.10}, [] {},
      [&] {
        for (Key key = 0; key < operations; ++key) {
          check(view.update(key, key + 1).has_value(), "skep's update");
        }
      },
      [&] {
        for (Key key = 0; key < operations; ++key) {
          const Value value = key + 1;
          check(bpf_map_update_elem(map.fd(), &key, &value, BPF_ANY) == 0, "libbpf's update");
        }
      });
}

Value sum_by_libbpf(int map, std::size_t& count) {
  // As large as a bucket may be, in the worst case: what does not fit is ENOSPC.
  std::vector<Key> keys(portion);
  std::vector<Value> values(portion);
  Value sum = 0;
  std::uint32_t cursor = 0;
  bool is_first = true;
  for (;;) {
    std::uint32_t got = portion;
    const int error = bpf_map_lookup_batch(map, is_first ? nullptr : &cursor, &cursor, keys.data(),
                                           values.data(), &got, nullptr);
    check(error == 0 || error == -ENOENT, "libbpf's batch");
    for (std::uint32_t i = 0; i < got; ++i) sum += values[i] ^ keys[i];
    count += got;
    is_first = false;
    if (error == -ENOENT) return sum;
  }
}

bool batches(const Map& map, const View& view) {
  std::size_t ours = 0, theirs = 0;
  Value our_sum = 0, their_sum = 0;
  const bool good = bench::compare(
      {.name = "all of a million, an entry", .operations = many, .goal = 1.0, .rounds = 15}, [] {},
      [&] {
        ours = our_sum = 0;
        check(view.for_each([&](const Key& key, const Value& value) {
                    our_sum += value ^ key;
                    ++ours;
                  })
                  .has_value(),
              "skep's batches");
      },
      [&] {
        theirs = 0;
        their_sum = sum_by_libbpf(map.fd(), theirs);
      });
  check(ours == many && theirs == many && our_sum == their_sum, "the two saw different entries");
  return good;
}

}  // namespace

int main() {
  bool good = true;
  {
    const Map map = make(operations);
    const auto view = must(map.as<View>());
    good &= updates(map, view);
    good &= lookups(map, view);
  }
  const Map map = make(many);
  const auto view = must(map.as<View>());
  std::vector<Key> keys(many);
  std::vector<Value> values(many);
  for (Key key = 0; key < many; ++key) values[key] = (keys[key] = key) * 7ULL;
  check(view.update(std::span<const Key>(keys), std::span<const Value>(values)).has_value(),
        "filling the map");
  good &= batches(map, view);
  return good ? 0 : 1;
}
