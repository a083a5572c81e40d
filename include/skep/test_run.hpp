// skep/test_run.hpp: a loaded program, run by the kernel on what the caller gives it
// (BPF_PROG_TEST_RUN), without a hook.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>
#include <vector>

#include "skep/context.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Arguments of the hook, one word each, whatever their type: raw_tracepoint (12 at most),
// struct_ops (exactly those of the function; the first one of bpf_dummy_ops is a pointer).
using Arguments = std::vector<std::uint64_t>;

// What the program is given as its context. Which one goes with which type stands at
// Program::run; bytes go with each of them, as they are.
using TestContext = std::variant<std::monostate, XdpMd, SkBuff, SkLookup, FlowKeys, NfHookState,
                                 Arguments, std::vector<std::byte>>;

// The bytes of a struct, as the context of a syscall program.
template <typename T>
  requires std::is_trivially_copyable_v<T>
[[nodiscard]] std::vector<std::byte> context_bytes(const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

// What a program is run on.
struct TestRun {
  // The packet, from its Ethernet header on, also for programs that do not see that (cgroup_skb,
  // lwt_*, socket_filter: they begin behind it). 14 bytes at least; at most what fits into a page
  // beside the kernel's own 400 to 600 bytes, and with xdp (5.18), not live, 17 pages more.
  std::span<const std::byte> data{};
  // Nothing: the kernel's defaults, all zero. In an XdpMd, the first `data` bytes of the packet are
  // its metadata; `data_end` 0 stands for data.size(), and less than that for a packet of which
  // only so much lies in one piece (6.18).
  TestContext context{};
  // How often the program runs. All runs see the same packet: what one changes, the next sees
  // changed. With live_frames: how many frames are sent through the program.
  std::uint32_t repeat = 1;
  // raw_tracepoint: on this CPU (kernel 5.10); else on the one that we are on.
  std::optional<std::uint32_t> cpu{};
  // xdp: the frames are real, and what the program decides happens: XDP_TX and XDP_REDIRECT send
  // them, XDP_PASS gives them to the network stack as if they came from context.ingress_ifindex.
  // No data and no context come back. Kernel 5.18.
  bool live_frames = false;
  // With live_frames: how many at once, 256 at most; 0: 64.
  std::uint32_t batch = 0;
  // How many bytes of the packet come back at most. More than this is no error: the result is cut
  // and says so; the kernel gives no context back then.
  std::uint32_t most_data = 128U << 10;
};

// What came out.
struct TestRunResult {
  // What the program returned, of the last run: XDP_PASS …; as std::int32_t for those that return
  // negative numbers. fmod_ret: the low half is what the function of the kernel returned, the high
  // half how often its body ran.
  std::uint32_t return_value = 0;
  // Of one run, on average. Zero where the kernel does not measure: raw_tracepoint, syscall,
  // struct_ops, tracing.
  std::chrono::nanoseconds duration{0};
  // The packet as the program left it, cut at TestRun::most_data; of a flow_dissector: FlowKeys.
  std::vector<std::byte> data;
  // How long it is without that cut.
  std::uint32_t data_size = 0;
  // Whether that cut took something away.
  [[nodiscard]] bool is_cut() const noexcept { return data.size() < data_size; }
  // The context as the program left it; empty where the kernel does not give it back (xdp: when
  // none was given).
  std::vector<std::byte> context;

  // The context, or the data of a flow_dissector, as this struct: what is missing at the end is
  // zero. Nothing when nothing came back.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::optional<T> context_as() const {
    return as<T>(context);
  }
  // The same of the data.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::optional<T> data_as() const {
    return as<T>(data);
  }

 private:
  template <typename T>
  [[nodiscard]] static std::optional<T> as(std::span<const std::byte> bytes) {
    if (bytes.empty()) return std::nullopt;
    T out{};
    std::memcpy(&out, bytes.data(), bytes.size() < sizeof(T) ? bytes.size() : sizeof(T));
    return out;
  }
};

}  // namespace skep
#pragma GCC visibility pop
