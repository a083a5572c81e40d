#include "object/attach_target.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "object/section.hpp"

namespace skep::object {
namespace {

std::string_view prefix_of(BtfTarget target) {
  switch (target) {
    case BtfTarget::raw_tracepoint:
      return "btf_trace_";
    case BtfTarget::iterator:
      return "bpf_iter_";
    case BtfTarget::lsm:
      return "bpf_lsm_";
    default:
      return "";
  }
}

std::string_view what_is(std::string_view name) {
  if (name.starts_with("btf_trace_")) return "tracepoint";
  if (name.starts_with("bpf_iter_")) return "iterator";
  if (name.starts_with("bpf_lsm_")) return "LSM hook";
  return "function";
}

// Without the prefix that users do not write.
std::string_view plain_name(std::string_view name) {
  for (const std::string_view prefix : {"btf_trace_", "bpf_iter_", "bpf_lsm_"}) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

}  // namespace

Result<std::optional<AttachTarget>> attach_target_of(const ProgramSpec& program) {
  const auto kind = btf_target_of(program.type, program.attach_type);
  const bool elsewhere = kind == BtfTarget::program || program.attaches_to_program;
  if (kind == BtfTarget::none || elsewhere) return std::optional<AttachTarget>();
  std::string_view name = program.attach_to;
  if (name.empty()) {
    Error error(ErrorKind::invalid_argument,
                fmt::format("SEC(\"{}\") does not say what to attach to", program.section));
    return std::unexpected(
        std::move(error).hint(fmt::format("write SEC(\"{}/NAME\")", program.section)));
  }
  std::string_view module;
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    module = name.substr(0, colon);
    if (module == "vmlinux") module = {};
    name.remove_prefix(colon + 1);
  }
  return AttachTarget{fmt::format("{}{}", prefix_of(kind), name),
                      kind == BtfTarget::raw_tracepoint ? btf::Kind::typedef_ : btf::Kind::func,
                      std::string(module)};
}

Result<TargetType> find_attach_target(const AttachTarget& target, TargetNames& names) {
  if (const auto found = names.first(target.name, target.kind, target.module)) return *found;
  const auto name = plain_name(target.name);
  const auto what = what_is(target.name);
  if (!target.module.empty()) {
    Error error(ErrorKind::not_found, fmt::format("module '{}' has no {} '{}' that programs can "
                                                  "attach to, or is not loaded",
                                                  target.module, what, name));
    return std::unexpected(std::move(error).hint(
        fmt::format("ls /sys/kernel/btf names the modules whose types are known; modprobe {} loads "
                    "this one",
                    target.module)));
  }
  Error error(ErrorKind::not_found,
              fmt::format("the kernel has no {} '{}' that programs can attach to", what, name));
  const auto prefix = target.name.size() - name.size();
  if (const auto near = nearest(name, names.names_like(target.name, target.kind, prefix))) {
    error = std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep::object
