// uprobe.multi, uretprobe.multi, uprobe.session.
#include "base/error.hpp"
#include "hook/binary.hpp"
#include "hook/probes.hpp"

namespace skep::hook {

Result<Link> attach(const Program& program, const UprobeMulti& hook, Host& host) {
  if (hook.places.empty()) {
    return fail(ErrorKind::invalid_argument, "uprobe.multi needs a function or a pattern");
  }
  Probes probes{
      .binary = {}, .at_return = hook.at_return, .session = hook.session, .pid = hook.pid};
  SKEP_TRY(probes.binary, find_binary(hook.binary, hook.pid));
  SKEP_TRY(probes.places, find_probes(probes.binary, hook.places));
  UprobeMulti done = hook;
  if (!hook.singly) {
    SKEP_TRY(const bool together, takes_many(program, host));
    done.singly = !together;
  }
  if (done.singly && hook.session) {
    Error error(ErrorKind::invalid_argument,
                "a session is one link for all places, and the program was not loaded for it");
    return std::unexpected(std::move(error).hint("Write SEC(\"uprobe.session\")."));
  }
  auto attached =
      done.singly ? attach_singly(program, probes, host) : attach_together(program, probes, host);
  if (!attached) return std::unexpected(std::move(attached).error());
  return Link(std::move(done), std::string(program.name()), *std::move(attached));
}

}  // namespace skep::hook
