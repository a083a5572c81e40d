#include "object/attach_target.hpp"

#include <algorithm>

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

// What may have been meant: a kernel has sixty thousand functions, too many to compare them all.
std::vector<std::string> names_like(const AttachTarget& target, const Btf& types) {
  constexpr std::size_t max_difference = 3;
  const auto prefix = target.name.size() - plain_name(target.name).size();
  const auto first = prefix + 1;
  const auto start = std::string_view(target.name).substr(0, first);
  std::vector<std::string> names;
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    if (!type.is(target.kind)) continue;
    const auto name = type.name();
    const auto difference =
        std::max(name.size(), target.name.size()) - std::min(name.size(), target.name.size());
    const bool is_near = name.substr(0, first) == start && difference <= max_difference;
    if (is_near) names.emplace_back(name.substr(prefix));
  }
  return names;
}

}  // namespace

Result<std::optional<AttachTarget>> attach_target_of(const ProgramSpec& program) {
  const auto kind = btf_target_of(program.type, program.attach_type);
  if (kind == BtfTarget::none || kind == BtfTarget::program) return std::optional<AttachTarget>();
  std::string_view name = program.attach_to;
  if (name.empty()) {
    Error error(ErrorKind::invalid_argument,
                fmt::format("SEC(\"{}\") does not say what to attach to", program.section));
    return std::unexpected(
        std::move(error).hint(fmt::format("write SEC(\"{}/NAME\")", program.section)));
  }
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    const auto module = name.substr(0, colon);
    if (module != "vmlinux") {
      return fail(ErrorKind::unsupported, "'{}' is in the module {}: modules are not searched yet",
                  name.substr(colon + 1), module);
    }
    name.remove_prefix(colon + 1);
  }
  return AttachTarget{fmt::format("{}{}", prefix_of(kind), name),
                      kind == BtfTarget::raw_tracepoint ? btf::Kind::typedef_ : btf::Kind::func};
}

Result<btf::TypeId> find_attach_target(const AttachTarget& target, const NameSearch& search,
                                       const Btf& types) {
  if (const auto id = search.first(target.name, target.kind)) return *id;
  const auto name = plain_name(target.name);
  Error error(ErrorKind::not_found,
              fmt::format("the kernel has no {} '{}' that programs can attach to",
                          what_is(target.name), name));
  const auto names = names_like(target, types);
  if (const auto near = nearest(name, names)) {
    error = std::move(error).hint(fmt::format("did you mean '{}'?", *near));
  }
  return std::unexpected(std::move(error));
}

}  // namespace skep::object
