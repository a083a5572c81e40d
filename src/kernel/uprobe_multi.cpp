#include "kernel/uprobe_multi.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/link_attributes.hpp"
#include "skep/insn.hpp"

namespace skep::kernel {
namespace {

constexpr std::uint32_t program_kprobe = 2, attach_uprobe_multi = 48;

Result<Fd> load_probe(Syscalls& sys) {
  static constexpr std::array<Insn, 2> code = {Insn{.code = 0xb7}, Insn{.code = 0x95}};
  static constexpr char license[] = "GPL", name[] = "skep_probe";
  ProgramLoadAttributes attributes;
  attributes.type = program_kprobe;
  attributes.attach_type = attach_uprobe_multi;
  attributes.instructions = address_of(code.data());
  attributes.instruction_count = code.size();
  attributes.license = address_of(license);
  std::memcpy(attributes.name, name, sizeof name);
  const long result = call_bpf(sys, Command::program_load, attributes);
  if (result >= 0) return adopt(result);
  return fail_errno(static_cast<int>(-result), "ask whether there are multi-uprobe links");
}

}  // namespace

Result<bool> has_uprobe_multi(Syscalls& sys) {
  SKEP_TRY(const Fd program, load_probe(sys));
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
