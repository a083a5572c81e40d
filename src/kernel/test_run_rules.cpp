// What net/bpf/test_run.c wants, in words: it says EINVAL to all of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "base/text.hpp"
#include "kernel/test_run.hpp"
#include "object/attach_type.hpp"

namespace skep::kernel {
namespace {

constexpr std::size_t ethernet_header = 14;
// Beside the packet a page holds 256 bytes of headroom (XDP) or 64, and struct skb_shared_info.
constexpr std::size_t most_of_page = 3712;

struct Member {
  std::size_t offset, size;
  const char* name;
};
#define SKEP_MEMBER(STRUCT, NAME) \
  Member { offsetof(STRUCT, NAME), sizeof(STRUCT::NAME), #NAME }

// convert___skb_to_skb
constexpr std::array skb_must_be_zero = {
    SKEP_MEMBER(SkBuff, len),           SKEP_MEMBER(SkBuff, pkt_type),
    SKEP_MEMBER(SkBuff, queue_mapping), SKEP_MEMBER(SkBuff, protocol),
    SKEP_MEMBER(SkBuff, vlan_present),  SKEP_MEMBER(SkBuff, vlan_tci),
    SKEP_MEMBER(SkBuff, vlan_proto),    SKEP_MEMBER(SkBuff, tc_index),
    SKEP_MEMBER(SkBuff, hash),          SKEP_MEMBER(SkBuff, tc_classid),
    SKEP_MEMBER(SkBuff, data),          SKEP_MEMBER(SkBuff, napi_id),
    SKEP_MEMBER(SkBuff, family),        SKEP_MEMBER(SkBuff, remote_ip4),
    SKEP_MEMBER(SkBuff, local_ip4),     SKEP_MEMBER(SkBuff, remote_ip6),
    SKEP_MEMBER(SkBuff, local_ip6),     SKEP_MEMBER(SkBuff, remote_port),
    SKEP_MEMBER(SkBuff, local_port),    SKEP_MEMBER(SkBuff, data_meta),
    SKEP_MEMBER(SkBuff, flow_keys),     SKEP_MEMBER(SkBuff, sk),
    SKEP_MEMBER(SkBuff, tstamp_type),
};
// verify_user_bpf_flow_keys
constexpr std::array flow_must_be_zero = {
    SKEP_MEMBER(FlowKeys, nhoff),         SKEP_MEMBER(FlowKeys, thoff),
    SKEP_MEMBER(FlowKeys, addr_proto),    SKEP_MEMBER(FlowKeys, is_frag),
    SKEP_MEMBER(FlowKeys, is_first_frag), SKEP_MEMBER(FlowKeys, is_encap),
    SKEP_MEMBER(FlowKeys, ip_proto),      SKEP_MEMBER(FlowKeys, n_proto),
    SKEP_MEMBER(FlowKeys, sport),         SKEP_MEMBER(FlowKeys, dport),
    SKEP_MEMBER(FlowKeys, addresses),     SKEP_MEMBER(FlowKeys, flow_label),
};
// bpf_prog_test_run_sk_lookup
constexpr std::array lookup_must_be_zero = {
    SKEP_MEMBER(SkLookup, cookie),
    SKEP_MEMBER(SkLookup, ingress_ifindex),
};
// verify_and_copy_hook_state
constexpr std::array netfilter_must_be_zero = {
    SKEP_MEMBER(NfHookState, in),  SKEP_MEMBER(NfHookState, out),  SKEP_MEMBER(NfHookState, sk),
    SKEP_MEMBER(NfHookState, net), SKEP_MEMBER(NfHookState, okfn),
};
#undef SKEP_MEMBER

// "cookie and ingress_ifindex of the context must be 0"; empty when they are.
template <typename T, std::size_t N>
std::string not_zero(const T& context, const std::array<Member, N>& members) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&context);
  std::vector<std::string> names;
  for (const auto& member : members) {
    const auto* from = bytes + member.offset;
    if (std::any_of(from, from + member.size, [](unsigned char byte) { return byte != 0; })) {
      names.emplace_back(member.name);
    }
  }
  return names.empty() ? "" : enumerate(names) + " of the context must be 0";
}

std::string wrong_xdp(const XdpMd& context, const TestRun& run) {
  if (context.egress_ifindex != 0) return "egress_ifindex of the context must be 0";
  if (context.data_meta != 0) {
    return "data_meta of the context must be 0: metadata are the first `data` bytes of the packet";
  }
  if (context.data_end > run.data.size()) {
    return fmt::format("data_end of the context is {}, and the packet has {} bytes",
                       context.data_end, run.data.size());
  }
  if (context.data_end != 0 && context.data > context.data_end) {
    return fmt::format("data of the context, {}, is behind its data_end, {}", context.data,
                       context.data_end);
  }
  // xdp_metalen_invalid
  if (context.data % 4 != 0 || context.data > 255) {
    return fmt::format("metadata of {} bytes: they must be a multiple of 4, and 252 at most",
                       context.data);
  }
  if (context.ingress_ifindex == 0 && context.rx_queue_index != 0) {
    return "rx_queue_index of the context needs ingress_ifindex";
  }
  if (context.data_end != 0 && context.data_end != run.data.size()) {
    return fmt::format("data_end of the context is {}, and must be the packet's {} bytes",
                       context.data_end, run.data.size());  // before kernel 6.18
  }
  if (context.ingress_ifindex != 0) {
    return fmt::format("interface {} has no receive queue {} for XDP", context.ingress_ifindex,
                       context.rx_queue_index);
  }
  return {};
}

std::string wrong_skb(const SkBuff& context, const TestRun& run) {
  if (auto text = not_zero(context, skb_must_be_zero); !text.empty()) return text;
  if (context.wire_len != 0 && context.wire_len < run.data.size()) {
    return fmt::format("wire_len of the context, {}, is less than the packet's {} bytes",
                       context.wire_len, run.data.size());
  }
  if (context.wire_len > 65536) return "wire_len of the context is more than 65536";
  if (context.gso_segs > 65535) return "gso_segs of the context is more than 65535";
  return {};
}

std::string wrong_netfilter(const NfHookState& context, const TestRun& run) {
  if (auto text = not_zero(context, netfilter_must_be_zero); !text.empty()) return text;
  if (context.protocol_family != 2 && context.protocol_family != 10) {
    return "protocol_family of the context must be NFPROTO_IPV4 (2) or NFPROTO_IPV6 (10)";
  }
  const bool ipv6 = run.data[12] == std::byte{0x86} && run.data[13] == std::byte{0xdd};
  if (ipv6 != (context.protocol_family == 10)) {
    return "the packet's EtherType is not that of the context's protocol_family";
  }
  return {};
}

std::string wrong_context(const ProgramSpec& program, const TestRun& run) {
  if (const auto* xdp = std::get_if<XdpMd>(&run.context)) return wrong_xdp(*xdp, run);
  if (const auto* skb = std::get_if<SkBuff>(&run.context)) return wrong_skb(*skb, run);
  if (const auto* flow = std::get_if<FlowKeys>(&run.context)) {
    return not_zero(*flow, flow_must_be_zero);
  }
  if (const auto* lookup = std::get_if<SkLookup>(&run.context)) {
    return not_zero(*lookup, lookup_must_be_zero);
  }
  if (const auto* hook = std::get_if<NfHookState>(&run.context)) return wrong_netfilter(*hook, run);
  if (const auto* words = std::get_if<Arguments>(&run.context)) {
    if (program.type == ProgramType::struct_ops) {
      return fmt::format("the function does not have {} arguments", words->size());
    }
    if (words->size() > 12) return fmt::format("{} arguments, of 12 at most", words->size());
    return fmt::format("{} arguments are fewer than the program reads", words->size());
  }
  if (run_rules(program).context == ContextKind::arguments) return "it needs Arguments as context";
  return {};
}

std::string wrong_packet(const ProgramSpec& program, const TestRun& run) {
  if (run.data.size() < ethernet_header) {
    return fmt::format("the packet has {} bytes; the kernel wants 14 at least, an Ethernet header",
                       run.data.size());
  }
  const bool one_page = program.type != ProgramType::xdp || run.live_frames;
  if (run.data.size() > most_of_page && one_page) {
    return fmt::format("the packet has {} bytes, more than fit into a page", run.data.size());
  }
  return {};
}

std::string wrong_options(const ProgramSpec& program, const TestRun& run) {
  if (run.batch != 0 && !run.live_frames) return "batch goes with live_frames only";
  if (run.live_frames && program.type != ProgramType::xdp) {
    return fmt::format("live_frames are for xdp programs, and this is a {} program",
                       name_of(program.type));
  }
  const bool raw = program.type == ProgramType::raw_tracepoint ||
                   program.type == ProgramType::raw_tracepoint_writable;
  if (run.cpu && !raw) {
    return fmt::format("cpu is for raw_tracepoint programs, and this is a {} program",
                       name_of(program.type));
  }
  if (program.type == ProgramType::xdp &&
      (program.attach_type == static_cast<std::uint32_t>(object::AttachType::xdp_devmap) ||
       program.attach_type == static_cast<std::uint32_t>(object::AttachType::xdp_cpumap))) {
    return "the kernel does not run programs of xdp/devmap and xdp/cpumap";
  }
  return {};
}

}  // namespace

std::string broken_rule(const ProgramSpec& program, const TestRun& run) {
  if (!run_rules(program).runs) {
    return program.type == ProgramType::tracing
               ? "of tracing programs the kernel runs fentry, fexit and fmod_ret alone"
               : fmt::format("the kernel does not run {} programs without their hook",
                             name_of(program.type));
  }
  if (auto text = wrong_options(program, run); !text.empty()) return text;
  if (run_rules(program).takes_data) {
    if (auto text = wrong_packet(program, run); !text.empty()) return text;
  }
  return wrong_context(program, run);
}

}  // namespace skep::kernel
