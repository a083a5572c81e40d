// stream/output_calls.hpp: the helpers that put records into ring and perf buffers, for who follows
// instructions. Of stream/outputs.cpp.
#pragma once

#include <cstdint>
#include <optional>

namespace skep::stream {

// include/uapi/linux/bpf.h, enum bpf_func_id
inline constexpr std::int32_t map_lookup_elem = 1, perf_event_output = 25, skb_output = 111,
                              xdp_output = 121, ringbuf_output = 130, ringbuf_reserve = 131,
                              ringbuf_submit = 132, ringbuf_reserve_dynptr = 198;

// Which arguments of a helper say what: registers, 0 for none.
struct Shape {
  std::uint8_t map = 0, source = 0, size = 0;
};

inline std::optional<Shape> shape_of(std::int32_t helper) {
  switch (helper) {
    case perf_event_output:
    case skb_output:
    case xdp_output:
      return Shape{2, 4, 5};
    case ringbuf_output:
      return Shape{1, 2, 3};
    case ringbuf_reserve:
    case ringbuf_reserve_dynptr:
      return Shape{1, 0, 2};
    default:
      return std::nullopt;
  }
}

}  // namespace skep::stream
