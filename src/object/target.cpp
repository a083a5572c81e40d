#include "object/target.hpp"

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
  return needs;
}

}  // namespace skep::object
