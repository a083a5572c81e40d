// tc: filters of a clsact qdisc, by netlink.
#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/attachment.hpp"
#include "hook/holder.hpp"
#include "hook/interface.hpp"
#include "hook/tc_netlink.hpp"

namespace skep::hook {
namespace {

// Takes the qdisc away again if it is empty: neither a filter of ours nor of anybody.
Result<void> delete_empty_clsact(Netlink& netlink, std::uint32_t interface) {
  for (const auto direction : {Direction::ingress, Direction::egress}) {
    SKEP_TRY(const auto filters, list_filters(netlink, interface, direction));
    if (!filters.empty()) return {};
  }
  return delete_clsact(netlink, interface);
}

// A filter that we put there. Its netlink socket stays open: what takes away must not fail for want
// of one, and it belongs to the right network namespace.
class OnTc final : public Attachment {
 public:
  OnTc(kernel::Syscalls& sys, Netlink netlink, TcPlace place, bool is_action, bool made_qdisc)
      : sys_(sys),
        netlink_(std::move(netlink)),
        place_(place),
        is_action_(is_action),
        made_qdisc_(made_qdisc) {}
  OnTc(const OnTc&) = delete;
  OnTc& operator=(const OnTc&) = delete;
  ~OnTc() override { static_cast<void>(undo()); }

  // The filter is there, and holds this program.
  void holds(const TcPlace& place, std::uint32_t program) noexcept {
    place_ = place;
    program_id_ = program;
  }
  [[nodiscard]] int fd() const noexcept override { return -1; }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it is a tc filter, which lasts until it or its interface is taken away";
  }
  [[nodiscard]] Result<LinkInfo> info() const override {
    SKEP_TRY(const auto filter, own_filter());
    if (!filter) return fail(ErrorKind::not_found, "the filter is gone");
    return LinkInfo{.program_id = filter->program_id,
                    .interface = place_.interface,
                    .name = filter->name,
                    .priority = filter->priority,
                    .handle = filter->handle};
  }
  Result<void> undo() override {
    if (done_) return {};
    done_ = true;
    Result<void> result;
    if (program_id_ != 0) result = take_filter_away();
    if (made_qdisc_ && result) result = delete_empty_clsact(netlink_, place_.interface);
    return result;
  }
  Result<void> replace(const Program& program) override {
    if (is_action_ != (program.spec().type == ProgramType::sched_act)) {
      return fail(ErrorKind::invalid_argument, "a classifier and an action are not the same");
    }
    if (is_action_) {
      Error error(ErrorKind::unsupported,
                  "the kernel cannot change the matchall filter that holds it");
      return std::unexpected(std::move(error).hint("Attach the other one, then detach this one."));
    }
    SKEP_TRY(const auto filter, own_filter());
    if (!filter) return fail(ErrorKind::not_found, "the filter is gone");
    SKEP_TRY(const auto id, program.id());
    SKEP_CHECK(put_filter(netlink_, place_, {program.fd(), std::string(program.name()), is_action_},
                          true));
    program_id_ = id;
    return {};
  }

 private:
  // Nothing when it is gone. Errors: busy when another program is at its place.
  [[nodiscard]] Result<std::optional<TcFilter>> own_filter() const {
    SKEP_TRY(auto filter, find_filter(netlink_, place_));
    if (!filter || filter->program_id == program_id_) return filter;
    return fail(ErrorKind::busy, "the filter holds {} by now: it was left alone",
                describe_program(sys_, filter->program_id));
  }
  Result<void> take_filter_away() {
    SKEP_TRY(const auto filter, own_filter());
    return filter ? delete_filter(netlink_, place_, is_action_) : Result<void>();
  }

  kernel::Syscalls& sys_;
  mutable Netlink netlink_;
  TcPlace place_;
  bool is_action_, made_qdisc_;
  std::uint32_t program_id_ = 0;  // 0: there is no filter of ours
  bool done_ = false;
};

// Who is at the place that was wanted.
std::string holder_of(kernel::Syscalls& sys, Netlink& netlink, const TcPlace& place) {
  const auto filter = find_filter(netlink, place);
  if (!filter || !*filter) return "something else";
  const auto& there = **filter;
  const auto program =
      there.program_id != 0 ? " with " + describe_program(sys, there.program_id) : "";
  return fmt::format("a filter of kind {}{}", there.kind, program);
}

Error explained(Error error, kernel::Syscalls& sys, Netlink& netlink, const TcPlace& place,
                const Program& program) {
  if (error.code() == EEXIST) {
    return std::move(error).hint(
        fmt::format("At priority {}, handle {:#x} is {}: take another priority, or name that "
                    "program as the one to replace.",
                    place.priority, place.handle, holder_of(sys, netlink, place)));
  }
  if (error.code() == EINVAL && place.priority != 0) {
    const auto there =
        holder_of(sys, netlink, {place.interface, place.direction, place.priority, 0});
    return std::move(error).hint(
        fmt::format("A priority holds filters of one kind; at {} is {}.", place.priority, there));
  }
  if (error.code() == ENOENT) {
    return std::move(error).hint(
        program.spec().type == ProgramType::sched_act
            ? "This kernel has no matchall filters or no actions that are programs "
              "(CONFIG_NET_CLS_MATCHALL, CONFIG_NET_ACT_BPF)."
            : "This kernel has no filters that are programs (CONFIG_NET_CLS_BPF).");
  }
  return error;
}

// Whose filter may be replaced was said by the caller.
Result<void> check_replaced(kernel::Syscalls& sys, Netlink& netlink, const Tc& hook,
                            const TcPlace& place) {
  if (hook.replaces == 0) return {};
  if (hook.priority == 0 || hook.handle == 0) {
    return fail(ErrorKind::invalid_argument,
                "what is to be replaced is named by its priority and its handle");
  }
  SKEP_TRY(const auto filter, find_filter(netlink, place));
  if (filter && filter->program_id == hook.replaces) return {};
  return fail(ErrorKind::busy, "program {} is not there to be replaced: there is {}", hook.replaces,
              filter ? holder_of(sys, netlink, place) : "no filter");
}

// A failure without a verdict of the kernel's leaves open what happened: what came in between and
// holds our program goes away.
void take_back(Netlink& netlink, const std::vector<TcFilter>& before, const TcPlace& wanted,
               std::uint32_t program, bool is_action) {
  const auto now = list_filters(netlink, wanted.interface, wanted.direction);
  if (!now) return;
  for (const auto& one : *now) {
    const bool was_there = std::ranges::any_of(before, [&](const TcFilter& other) {
      return other.priority == one.priority && other.handle == one.handle;
    });
    if (was_there || one.program_id != program) continue;
    const TcPlace place{wanted.interface, wanted.direction, one.priority, one.handle};
    static_cast<void>(delete_filter(netlink, place, is_action));
  }
}

Result<bool> make_qdisc(Netlink& netlink, std::uint32_t interface) {
  SKEP_TRY(const bool is_there, has_clsact(netlink, interface));
  if (is_there) return false;
  auto made = make_clsact(netlink, interface);
  if (!made && made.error().code() != ENOENT) {
    static_cast<void>(delete_empty_clsact(netlink, interface));
  }
  return made;
}

}  // namespace

Result<Link> attach(const Program& program, const Tc& hook, Host& host) {
  auto& sys = host.syscalls();
  const bool is_action = program.spec().type == ProgramType::sched_act;
  SKEP_TRY(const auto interface, find_interface(hook.interface));
  TcPlace place{interface.index, hook.direction, hook.priority, hook.handle};
  SKEP_TRY(const auto id, program.id());
  SKEP_TRY(Netlink netlink, Netlink::open(sys, interface.network));
  SKEP_CHECK(check_replaced(sys, netlink, hook, place));
  // What the attachment works with is its own; what goes wrong here is undone by it as well.
  SKEP_TRY(Netlink own, Netlink::open(sys, interface.network));
  SKEP_TRY(const bool made, make_qdisc(netlink, place.interface));
  auto attachment = std::make_unique<OnTc>(sys, std::move(own), place, is_action, made);
  SKEP_TRY(const auto before, list_filters(netlink, place.interface, place.direction));
  auto put = put_filter(netlink, place, {program.fd(), std::string(program.name()), is_action},
                        hook.replaces != 0);
  if (!put) {
    take_back(netlink, before, place, id, is_action);
    return std::unexpected(explained(std::move(put).error(), sys, netlink, place, program));
  }
  attachment->holds(*put, id);
  Tc where = hook;
  where.priority = put->priority;
  where.handle = put->handle;
  return Link(where, std::string(program.name()), std::move(attachment));
}

}  // namespace skep::hook
