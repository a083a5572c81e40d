// uprobe, uretprobe.
#include "base/error.hpp"
#include "elf/symbols.hpp"
#include "hook/binary.hpp"
#include "hook/probes.hpp"

namespace skep::hook {
namespace {

// A plain name is one function; only a pattern stands for several.
Result<std::vector<Probe>> probes_of(const Uprobe& hook, const std::filesystem::path& binary) {
  const UprobePlace place{.symbol = hook.symbol,
                          .offset = hook.offset,
                          .cookie = hook.cookie,
                          .semaphore = hook.semaphore};
  if (hook.symbol.empty() || elf::is_pattern(hook.symbol)) return find_probes(binary, {&place, 1});
  SKEP_TRY(const auto start, elf::file_offset_of(binary, hook.symbol));
  return std::vector<Probe>{
      {.offset = start + hook.offset, .cookie = hook.cookie, .semaphore = hook.semaphore}};
}

}  // namespace

Result<Link> attach(const Program& program, const Uprobe& hook, Host& host) {
  Probes probes{.binary = {}, .at_return = hook.at_return, .pid = hook.pid};
  SKEP_TRY(probes.binary, find_binary(hook.binary, hook.pid));
  SKEP_TRY(probes.places, probes_of(hook, probes.binary));
  SKEP_TRY(const bool together, takes_many(program, host));
  auto attached =
      together ? attach_together(program, probes, host) : attach_singly(program, probes, host);
  if (!attached) return std::unexpected(std::move(attached).error());
  return Link(hook, std::string(program.name()), *std::move(attached));
}

}  // namespace skep::hook
