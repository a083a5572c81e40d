#include "object/section.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"
#include "object/section_table.hpp"

namespace skep::object {
namespace {

bool matches(const SectionEntry& entry, std::string_view name) {
  if (!name.starts_with(entry.name)) return false;
  if (name.size() == entry.name.size()) return true;
  return entry.takes_target && name[entry.name.size()] == '/';
}

// Names of other times and other loaders, and what to write today.
struct LegacyName {
  std::string_view prefix;
  std::string_view advice;
};

constexpr LegacyName legacy_names[] = {
    {"maps", R"(define maps by BTF: struct { __uint(type, …); … } NAME SEC(".maps"))"},
    {"classifier/ingress", R"(write SEC("tcx/ingress"), or SEC("tc") for kernels before 6.6)"},
    {"classifier/egress", R"(write SEC("tcx/egress"), or SEC("tc") for kernels before 6.6)"},
    {"cgroup/sock_addr", R"(name the call: SEC("cgroup/connect4"), "cgroup/bind6" and so on)"},
    {"tracepoint_return", R"(a tracepoint has no return; write SEC("tp/GROUP/EVENT"))"},
    {"raw_tracepoint_return", R"(a tracepoint has no return; write SEC("raw_tp/EVENT"))"},
    {"tracepoint_", R"(write SEC("tp/GROUP/EVENT"))"},
    {"cgroup/ingress", R"(write SEC("cgroup_skb/ingress"))"},
    {"cgroup/egress", R"(write SEC("cgroup_skb/egress"))"},
    {"ext/", R"(write SEC("freplace/FUNCTION"))"},
};

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& entry : section_entries()) names.emplace_back(entry.name);
  return names;
}

// The longest known name that `name` begins with, where something was appended to it that older
// loaders ignored: "xdp_lb", "socket/filter", "tc-egress".
std::string_view longest_known_prefix(std::string_view name) {
  std::string_view best;
  for (const auto& entry : section_entries()) {
    if (!name.starts_with(entry.name) || name.size() == entry.name.size()) continue;
    const char next = name[entry.name.size()];
    const bool separated = std::isalpha(static_cast<unsigned char>(next)) == 0;
    if (separated && entry.name.size() > best.size()) best = entry.name;
  }
  return best;
}

}  // namespace

std::optional<std::string> section_hint(std::string_view name) {
  for (const auto& legacy : legacy_names) {
    if (name.starts_with(legacy.prefix)) return std::string(legacy.advice);
  }
  if (const auto prefix = longest_known_prefix(name); !prefix.empty()) {
    return fmt::format(R"(write SEC("{}"); where it attaches is said when attaching)", prefix);
  }
  const auto names = known_names();
  const auto near = nearest(name.substr(0, name.find('/')), names);
  if (!near) return std::nullopt;
  return fmt::format(R"(did you mean SEC("{}")?)", *near);
}

Result<SectionMeaning> meaning_of_section(std::string_view name) {
  const bool autoload = !name.starts_with('?');
  if (!autoload) name.remove_prefix(1);
  const auto entries = section_entries();
  const auto found = std::ranges::find_if(
      entries, [&](const SectionEntry& entry) { return matches(entry, name); });
  if (found == entries.end()) {
    Error error(ErrorKind::unsupported,
                fmt::format("SEC(\"{}\") names no known type of program", name));
    if (auto hint = section_hint(name)) error = std::move(error).hint(std::move(*hint));
    return std::unexpected(std::move(error));
  }
  const auto attach_type = static_cast<std::uint32_t>(found->attach_type);
  return SectionMeaning{
      .type = found->type,
      .attach_type = attach_type,
      .flags = found->flags,
      .btf_target = btf_target_of(found->type, attach_type),
      .kind = found->name,
      .attach_to = name.size() > found->name.size() ? name.substr(found->name.size() + 1) : "",
      .autoload = autoload};
}

void apply(const SectionMeaning& meaning, ProgramSpec& program) {
  program.type = meaning.type;
  program.attach_type = meaning.attach_type;
  program.attach_to = meaning.attach_to;
  program.flags = meaning.flags;
}

BtfTarget btf_target_of(ProgramType type, std::uint32_t attach_type) noexcept {
  if (type == ProgramType::lsm) return BtfTarget::lsm;
  if (type == ProgramType::ext) return BtfTarget::program;
  if (type != ProgramType::tracing) return BtfTarget::none;
  switch (static_cast<AttachType>(attach_type)) {
    case AttachType::trace_raw_tp:
      return BtfTarget::raw_tracepoint;
    case AttachType::trace_iter:
      return BtfTarget::iterator;
    default:
      return BtfTarget::function;
  }
}

}  // namespace skep::object

namespace skep {

Result<std::size_t> ObjectSpec::define_section(std::string_view prefix,
                                               std::string_view stands_for) {
  if (prefix.empty()) return fail(ErrorKind::invalid_argument, "a section's name cannot be empty");
  std::vector<ProgramSpec> defined;
  for (const ProgramSpec& program : programs) {
    std::string_view written = program.section;
    const std::string_view mark = written.starts_with('?') ? "?" : "";
    written.remove_prefix(mark.size());
    if (!written.starts_with(prefix)) continue;
    written.remove_prefix(prefix.size());
    ProgramSpec& changed = defined.emplace_back(program);
    changed.section = fmt::format("{}{}{}", mark, stands_for, written);
    auto meaning = object::meaning_of_section(changed.section);
    if (!meaning) {
      return add_context(std::move(meaning).error(), "program '{}' in SEC(\"{}\")", program.name,
                         program.section);
    }
    object::apply(*meaning, changed);
  }
  for (ProgramSpec& changed : defined) *find_program(changed.name) = std::move(changed);
  return defined.size();
}

}  // namespace skep
