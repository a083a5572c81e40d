// skep/session.hpp: programs that attach together, by a list.
//
//   SKEP_TRY(auto object, Object::load(std::move(spec), {.optional = may_be_refused(members)}));
//   SKEP_TRY(auto session, Session::start(object, {
//       {.program = "count", .hook = first_of(Tcx{.interface = "eth*"}, Xdp{.interface = "eth*"})},
//       {.program = "on_open", .or_else = {{.program = "on_open_old"}}},
//       {.program = "on_readline", .optional = true}}));
#pragma once

#include <concepts>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "skep/hook.hpp"
#include "skep/link.hpp"
#include "skep/object.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Where a program goes: hooks in the order of preference; none: where its SEC says.
class HookChoice {
 public:
  HookChoice() = default;
  template <typename H>
    requires std::constructible_from<Hook, H>
  HookChoice(H hook) : hooks_{Hook(std::move(hook))} {}
  explicit HookChoice(std::vector<Hook> hooks) noexcept : hooks_(std::move(hooks)) {}

  // In the order of preference.
  [[nodiscard]] const std::vector<Hook>& hooks() const noexcept { return hooks_; }

 private:
  std::vector<Hook> hooks_;
};

// The first of these hooks that the kernel takes the program on.
template <typename... H>
  requires(std::constructible_from<Hook, H> && ...)
[[nodiscard]] HookChoice first_of(H... hooks) {
  std::vector<Hook> all;
  (all.emplace_back(std::move(hooks)), ...);
  return HookChoice(std::move(all));
}

// One program of a session.
struct Member {
  std::string program;  // or a struct_ops map
  // An interface with * ? or [] in its name stands for all that match, but for the loopback, which
  // has to be named: the program hangs on each.
  HookChoice hook;
  std::optional<AttachDefaults> defaults;  // in place of the session's
  bool optional = false;                   // the session starts without it, and notes() says why
  std::vector<Member> or_else;             // what stands in for it, in the order of preference
};

// The programs that a session may do without, for LoadOptions::optional: those of optional members,
// and all that have a stand-in or are one.
[[nodiscard]] std::set<std::string, std::less<>> may_be_refused(const std::vector<Member>& members);

// Move-only; the destructor detaches. It does not own the Object, whose programs stay loaded.
class Session {
 public:
  // Attaches all members, or nothing. Programs that no member names are not attached: those that
  // are called by tail calls. Errors: of the first member that cannot be attached, with what became
  // of its stand-ins as hints; not_found for a program that the object does not have.
  static Result<Session> start(const Object& object, const std::vector<Member>& members,
                               const AttachDefaults& defaults = {});

  // In the order of the members; a member has several where its hook stands for several places.
  [[nodiscard]] const std::vector<Link>& links() const noexcept { return links_; }
  // One sentence for each member that is not attached as it asked for in the first place: what
  // stands in for it, if anything, and why; and for each that will never run, as foresee() says.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

  // Detaches all, side by side; returns when the last one is gone.
  void stop() noexcept;
  // The links are the caller's from now on; stop() does nothing any more.
  [[nodiscard]] std::vector<Link> release() noexcept { return std::exchange(links_, {}); }

  Session(Session&&) noexcept = default;
  Session& operator=(Session&& other) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

 private:
  Session(std::vector<Link> links, std::vector<std::string> notes) noexcept
      : links_(std::move(links)), notes_(std::move(notes)) {}

  std::vector<Link> links_;
  std::vector<std::string> notes_;
};

}  // namespace skep
#pragma GCC visibility pop
