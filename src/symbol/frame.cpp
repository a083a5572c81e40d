#include <fmt/format.h>

#include "skep/symbol.hpp"

namespace skep {
namespace {

// Only of a process it is a path, or one of the names in brackets.
std::string place_of(const Frame& frame) {
  if (frame.module.empty()) return {};
  const bool is_user = frame.module.starts_with('/') || frame.module.starts_with('[');
  return is_user ? fmt::format(" ({})", frame.module) : fmt::format(" [{}]", frame.module);
}

}  // namespace

std::string Frame::text() const {
  if (!function.empty()) {
    std::string out = function;
    out += is_inlined ? " [inlined]" : fmt::format("+{:#x}", offset);
    out += place_of(*this);
    if (line > 0) out += fmt::format(" {}:{}", file.substr(file.rfind('/') + 1), line);
    return out;
  }
  if (!build_id.empty()) return fmt::format("{}+{:#x} [{}]", build_id, module_offset, why);
  if (module.starts_with('/')) {
    return fmt::format("{:#x} ({}+{:#x})", address, module, module_offset);
  }
  return why.empty() ? fmt::format("{:#x}", address) : fmt::format("{:#x} [{}]", address, why);
}

}  // namespace skep
