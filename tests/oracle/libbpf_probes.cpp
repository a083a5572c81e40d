// What libbpf 1.5 finds that this kernel can do, one answer a line: "program 6 1", "map 1 1",
// "helper 6 44 0"; negative: it could not tell. Of helpers that the kernel's log or tracefs would
// notice it is not asked.
#include <bpf/libbpf.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const int programs = std::atoi(arguments[1]), maps = std::atoi(arguments[2]),
            helpers = std::atoi(arguments[3]);
  for (int type = 1; type <= maps; ++type) {
    std::printf("map %d %d\n", type,
                libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr));
  }
  for (int type = 1; type <= programs; ++type) {
    const auto program = static_cast<bpf_prog_type>(type);
    const int has = libbpf_probe_bpf_prog_type(program, nullptr);
    std::printf("program %d %d\n", type, has);
    for (int id = 1; has == 1 && id <= helpers; ++id) {
      const bool loud = id == BPF_FUNC_trace_printk || id == BPF_FUNC_trace_vprintk ||
                        id == BPF_FUNC_probe_write_user;
      if (loud) continue;
      std::printf("helper %d %d %d\n", type, id,
                  libbpf_probe_bpf_helper(program, static_cast<bpf_func_id>(id), nullptr));
    }
  }
}
