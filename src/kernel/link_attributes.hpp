// kernel/link_attributes.hpp: what BPF_LINK_CREATE takes, one struct for each kind of link
// (include/uapi/linux/bpf.h, union bpf_attr, link_create).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// What all have in common. Enough for cgroup, network namespace, XDP and sockmap links. Kernel 5.7,
// XDP 5.9, sockmap 6.10.
struct LinkAttributes {
  std::uint32_t program_fd = 0;
  std::uint32_t target = 0;  // a descriptor, or the index of an interface
  std::uint32_t attach_type = 0;
  std::uint32_t flags = 0;
};
static_assert(sizeof(LinkAttributes) == 16);

// fentry, fexit, fmod_ret, lsm, freplace, tp_btf.
struct TracingLinkAttributes : LinkAttributes {
  std::uint32_t target_type = 0;  // freplace: the function's id in the target program's BTF
  std::uint32_t padding = 0;
  std::uint64_t cookie = 0;  // kernel 6.0
};
static_assert(sizeof(TracingLinkAttributes) == 32);

struct IteratorLinkAttributes : LinkAttributes {
  Address parameters = 0;  // union bpf_iter_link_info
  std::uint32_t parameters_size = 0;
  std::uint32_t padding = 0;
};
static_assert(sizeof(IteratorLinkAttributes) == 32);

struct KprobeMultiLinkAttributes : LinkAttributes {
  std::uint32_t probe_flags = 0;  // 1: at the return
  std::uint32_t count = 0;
  Address symbols = 0;  // of pointers to names; or
  Address addresses = 0;
  Address cookies = 0;
};
static_assert(sizeof(KprobeMultiLinkAttributes) == 48);

struct UprobeMultiLinkAttributes : LinkAttributes {
  Address path = 0;
  Address offsets = 0;
  Address semaphores = 0;  // offsets of the USDT reference counters
  Address cookies = 0;
  std::uint32_t count = 0;
  std::uint32_t probe_flags = 0;  // 1: at the return
  std::uint32_t pid = 0;          // 0: every process
  std::uint32_t padding = 0;
};
static_assert(sizeof(UprobeMultiLinkAttributes) == 64);

struct NetfilterLinkAttributes : LinkAttributes {
  std::uint32_t family = 0;  // NFPROTO_*
  std::uint32_t hook = 0;    // NF_INET_*
  std::int32_t priority = 0;
  std::uint32_t filter_flags = 0;  // BPF_F_NETFILTER_IP_DEFRAG
};
static_assert(sizeof(NetfilterLinkAttributes) == 32);

// tcx and netkit.
struct ChainLinkAttributes : LinkAttributes {
  std::uint32_t neighbour = 0;  // descriptor or id of the program or link to stand beside
  std::uint32_t padding = 0;
  std::uint64_t revision = 0;  // expected one of the chain; 0: any
};
static_assert(sizeof(ChainLinkAttributes) == 32);

// Errors: what the kernel says.
template <typename Attributes>
[[nodiscard]] Result<Fd> create_link(Syscalls& sys, Attributes& attributes) {
  const long result = call_bpf(sys, Command::link_create, attributes);
  if (result < 0) return fail_errno(static_cast<int>(-result), "create a link");
  return adopt(result);
}

}  // namespace skep::kernel
