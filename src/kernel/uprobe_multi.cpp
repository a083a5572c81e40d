#include "kernel/uprobe_multi.hpp"

#include <array>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link_attributes.hpp"
#include "kernel/probe_program.hpp"
#include "skep/insn.hpp"

namespace skep::kernel {
namespace {

constexpr std::uint32_t attach_uprobe_multi = 48;

Result<Fd> load_kprobe(Syscalls& sys) {
  static constexpr std::array<Insn, 2> code = {Insn{.code = 0xb7}, Insn{.code = 0x95}};
  const long result = load_probe(sys, ProgramType::kprobe, attach_uprobe_multi, code);
  if (result >= 0) return adopt(result);
  return fail_errno(static_cast<int>(-result), "ask whether there are multi-uprobe links");
}

}  // namespace

Result<bool> has_uprobe_multi(Syscalls& sys) {
  SKEP_TRY(const Fd program, load_kprobe(sys));
  const std::uint64_t offset = 0;
  UprobeMultiLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.get());
  attributes.attach_type = attach_uprobe_multi;
  attributes.path = address_of(static_cast<const void*>("/"));
  attributes.offsets = address_of(static_cast<const void*>(&offset));
  attributes.count = 1;
  const auto refused_with = [&](int code) {
    const auto link = create_link(sys, attributes);
    return !link && link.error().code() == code;
  };
  if (!refused_with(EBADF)) return false;  // "/" is no file
  attributes.pid = UINT32_MAX;             // no process has that number
  return refused_with(EINVAL);
}

}  // namespace skep::kernel
