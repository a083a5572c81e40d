// run/printk.hpp: which lines of the shared trace pipe are this program's.
//
// The kernel does not say which program printed a line (see stream/trace_pipe.hpp). But the formats
// of bpf_printk stand in the object, so a line that fits none of them is somebody else's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/spec.hpp"

namespace skep::run {

class PrintedFormats {
 public:
  // Follows each call of bpf_trace_printk and bpf_trace_vprintk back to its format.
  explicit PrintedFormats(const ObjectSpec& spec);

  // Whether the object prints at all.
  [[nodiscard]] bool any() const noexcept { return calls_ > 0; }
  // Whether every format was found; otherwise no line can be told to be foreign.
  [[nodiscard]] bool complete() const noexcept { return calls_ == formats_.size(); }
  // Whether the line can come from one of the formats. True when they are not complete.
  [[nodiscard]] bool matches(std::string_view line) const noexcept;

 private:
  // The literal parts of a format: "hello %d!" is {"hello ", "!"}.
  using Parts = std::vector<std::string>;
  static Parts split(std::string_view format);

  std::vector<Parts> formats_;
  std::size_t calls_ = 0;
};

}  // namespace skep::run
