// Records of a ring buffer, by skep's reader and by libbpf's ring_buffer. A program fills the ring
// (outside the time), one of the two empties it. As root.
#include <bpf/libbpf.h>

#include <cstdint>
#include <cstring>

#include "ratio.hpp"
#include "skep/assembler.hpp"
#include "skep/object.hpp"
#include "skep/ring.hpp"

namespace {

using namespace skep;
using bench::must;

constexpr std::uint32_t ring_bytes = 8U << 20, header_bytes = 8;

// Each run puts one record into the ring, sets its first word to 1, and wakes nobody.
Object load(std::uint32_t record) {
  using namespace assembly;
  Code code = {load_map(r1, "ring"),
               mov(r2, record),
               mov(r3, 0),
               call("bpf_ringbuf_reserve"),
               jeq(r0, 0, "full"),
               store(u64, r0[0], 1),
               mov(r1, r0),
               mov(r2, 1 /* BPF_RB_NO_WAKEUP */),
               call("bpf_ringbuf_submit"),
               label("full"),
               mov(r0, 0),
               exit()};
  return must(Object::load(must(
      assemble({.maps = {{.name = "ring", .type = MapType::ringbuf, .max_entries = ring_bytes}},
                .programs = {{.name = "produce", .section = "tc", .code = std::move(code)}}}))));
}

int add_record(void* sum, void* record, std::size_t) {
  std::uint64_t first = 0;
  std::memcpy(&first, record, sizeof(first));
  *static_cast<std::uint64_t*>(sum) += first;
  return 0;
}

bool compare(const char* name, std::uint32_t record) {
  const Object object = load(record);
  const Map& ring = *must(object.map("ring"));
  // As many as fit beside one that does not.
  const std::uint32_t records = ring_bytes / (record + header_bytes) - 1;
  const std::vector<std::byte> packet(64);

  // Two readers of one ring would each believe where they are, so each is opened for its turn.
  std::uint64_t sum = 0;
  std::optional<RingReader> ours;
  ring_buffer* theirs = nullptr;
  const bool good = bench::compare(
      {.name = name, .operations = records, .goal = 1.0},
      [&] {
        if (theirs != nullptr) ring_buffer__free(theirs);
        must(object.programs()[0].run({.data = packet, .repeat = records}));
        ours = must(RingReader::open(ring));
        theirs = ring_buffer__new(ring.fd(), add_record, &sum, nullptr);
        if (theirs == nullptr) bench::give_up("ring_buffer__new");
        sum = 0;
      },
      [&] {
        ours->drain([&](std::span<const std::byte> bytes) {
          std::uint64_t first = 0;
          std::memcpy(&first, bytes.data(), sizeof(first));
          sum += first;
        });
        if (sum != records) bench::give_up("skep did not see each record");
      },
      [&] {
        ring_buffer__consume(theirs);
        if (sum != records) bench::give_up("libbpf did not see each record");
      });
  ring_buffer__free(theirs);
  return good;
}

}  // namespace

int main() {
  bool good = compare("ring, records of 16 bytes", 16);
  good &= compare("ring, records of 64 bytes", 64);
  good &= compare("ring, records of 256 bytes", 256);
  good &= compare("ring, records of 1024 bytes", 1024);
  return good ? 0 : 1;
}
