// A program of the kernel's side without C, compiler and ELF file: its instructions are written
// here, and count how often the scheduler changes from one task to another. The verifier checks
// them as it checks every other program; what it refuses is explained by the line of this file.
//   assembled SECONDS
#include <skep/skep.hpp>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace {

using namespace skep::assembly;

// ++*bpf_map_lookup_elem(&switches, &(int){0});
const Code count = {
    store(u32, r10[-4], 0),       // the key, on the stack
    mov(r2, r10),                 //
    add(r2, -4),                  // r2: where the key is
    load_map(r1, "switches"),     // r1: the map
    call("bpf_map_lookup_elem"),  // r0: where the value is, or NULL
    jeq(r0, 0, "out"),            //
    mov(r1, 1),                   //
    atomic_add(u64, r0[0], r1),   // two CPUs may do it at once
    label("out"),                 //
    mov(r0, 0),                   //
    exit(),
};

skep::Result<std::uint64_t> count_switches(int seconds) {
  SKEP_TRY(auto spec, skep::assemble({
                          .maps = {{.name = "switches",
                                    .type = skep::MapType::array,
                                    .key_size = 4,
                                    .value_size = 8,
                                    .max_entries = 1}},
                          .programs = {{.name = "count",
                                        .section = "tracepoint/sched/sched_switch",
                                        .code = count}},
                      }));
  SKEP_TRY(const auto object, skep::Object::load(std::move(spec)));
  SKEP_TRY(const auto links, object.attach());
  ::sleep(static_cast<unsigned>(seconds));
  SKEP_TRY(const auto switches, object.map<skep::Array<std::uint64_t>>("switches"));
  SKEP_TRY(const auto value, switches.lookup(0));
  return value.value_or(0);
}

}  // namespace

int main(int argc, char** argv) {
  const auto switches = count_switches(argc > 1 ? std::atoi(argv[1]) : 1);
  if (!switches) return std::fprintf(stderr, "%s\n", switches.error().message().c_str()), 1;
  std::printf("%llu switches\n", static_cast<unsigned long long>(*switches));
}
