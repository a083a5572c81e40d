#include "hook/attachment.hpp"

#include "base/error.hpp"

namespace skep::hook {

Result<LinkInfo> Attachment::info() const {
  return fail(ErrorKind::unsupported, "{}, of which the kernel tells nothing", nature());
}

Result<void> Attachment::replace(const Program&) {
  Error error(ErrorKind::unsupported,
              fmt::format("{}, which cannot be given another program in one step", nature()));
  return std::unexpected(std::move(error).hint("Attach the other one, then detach this one."));
}

std::string_view Descriptors::nature() const noexcept {
  if (!are_links_) {
    return "it is a perf event without a bpf_link (kernel 5.15), which lasts as long as its "
           "descriptor";
  }
  return is_single_link() ? "it is a bpf_link"
                          : "it is several bpf_links, one for each CPU or place";
}

Result<void> Descriptors::undo() {
  fds_.clear();
  return {};
}

}  // namespace skep::hook
