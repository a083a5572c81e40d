#include "object/target.hpp"

#include <algorithm>
#include <string_view>

#include "object/attach_type.hpp"
#include "object/link.hpp"

namespace skep::object {

TargetNeeds needs_of(const ObjectSpec& spec) {
  TargetNeeds needs{.types = needs_target_types(spec)};
  for (const auto& item : spec.externs) {
    if (item.kind == ExternSpec::Kind::address) needs.symbols.push_back(item.name);
    if (item.kind != ExternSpec::Kind::kconfig) continue;
    needs.kconfig = needs.kconfig || item.name.starts_with("CONFIG_");
    needs.version = needs.version || item.name == "LINUX_KERNEL_VERSION";
    needs.bpf_cookie = needs.bpf_cookie || item.name == "LINUX_HAS_BPF_COOKIE";
    needs.syscall_wrapper = needs.syscall_wrapper || item.name == "LINUX_HAS_SYSCALL_WRAPPER";
  }
  needs.uprobe_multi = std::ranges::any_of(spec.programs, [](const ProgramSpec& program) {
    return program.autoload && is_usdt(program);
  });
  return needs;
}

bool is_usdt(const ProgramSpec& program) noexcept {
  std::string_view section = program.section;
  if (section.starts_with('?')) section.remove_prefix(1);
  const auto kind = section.substr(0, section.find('/'));
  return program.type == ProgramType::kprobe && (kind == "usdt" || kind == "usdt.s");
}

void prepare_usdt(ObjectSpec& spec, const Target& target) noexcept {
  if (!target.has_uprobe_multi.value_or(false)) return;
  for (auto& program : spec.programs) {
    const bool is_open = program.attach_type == static_cast<std::uint32_t>(AttachType::none);
    if (program.autoload && is_open && is_usdt(program)) {
      program.attach_type = static_cast<std::uint32_t>(AttachType::trace_uprobe_multi);
    }
  }
}

}  // namespace skep::object
