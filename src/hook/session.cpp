#include "skep/session.hpp"

#include <algorithm>
#include <span>

#include "base/error.hpp"
#include "hook/attach_all.hpp"
#include "kernel/security.hpp"
#include "object/missing_program.hpp"

namespace skep {
namespace {

void add_names(const Member& member, bool may_fail, std::set<std::string, std::less<>>& names) {
  may_fail = may_fail || member.optional || !member.or_else.empty();
  if (may_fail) names.insert(member.program);
  for (const Member& other : member.or_else) add_names(other, may_fail, names);
}

template <typename Things>
auto find_named(const Things& things, std::string_view name) {
  const auto found =
      std::ranges::find_if(things, [&](const auto& thing) { return thing.name() == name; });
  return found == things.end() ? nullptr : &*found;
}

// Why a program that the object has is not loaded.
Error why_not_loaded(const Object& object, const std::string& name) {
  const auto& refused = object.refused();
  const auto found = std::ranges::find(refused, name, &RefusedProgram::name);
  if (found != refused.end()) return found->error;
  if (object.spec().find_program(name) != nullptr) {
    return Error(ErrorKind::invalid_argument, fmt::format("program '{}' was not loaded", name))
        .hint("Its autoload is off: SEC(\"?…\").");
  }
  return object::missing_program(object.spec(), name);
}

class Starter {
 public:
  Starter(const Object& object, const AttachDefaults& defaults, hook::Host& host)
      : object_(object), defaults_(defaults), host_(host) {}

  // The member, or what stands in for it.
  Result<std::vector<Link>> start(const Member& member) {
    auto links = start_itself(member);
    if (links) return links;
    Error why = std::move(links).error();
    std::string reasons = why.message();
    for (const Member& other : member.or_else) {
      auto stand_in = start(other);
      if (stand_in) {
        notes_.push_back(
            fmt::format("'{}' stands in for '{}': {}", other.program, member.program, reasons));
        return stand_in;
      }
      reasons += fmt::format("; '{}': {}", other.program, stand_in.error().message());
      why = std::move(why).hint(
          fmt::format("Nor does '{}' do: {}", other.program, stand_in.error().message()));
    }
    return std::unexpected(std::move(why));
  }

  // What hangs where the kernel never calls it.
  void foresee(const std::vector<Link>& links) {
    if (links.empty()) return;
    const auto* program = find_named(object_.programs(), links.front().program());
    if (program == nullptr || program->spec().type != ProgramType::lsm) return;
    if (!security_) security_ = kernel::read_security(object_.syscalls());
    auto why = security_->why_never_run(program->name(), ProgramType::lsm);
    if (why) notes_.push_back(*std::move(why));
  }

  void leave_out(const Member& member, const Error& why) {
    notes_.push_back(fmt::format("'{}' is left out: {}", member.program, why.message()));
  }

  [[nodiscard]] std::vector<std::string> notes() && { return std::move(notes_); }

 private:
  Result<std::vector<Link>> start_itself(const Member& member) {
    if (const auto* map = find_named(object_.maps(), member.program);
        map != nullptr && map->type() == MapType::struct_ops) {
      SKEP_TRY(auto link, map->attach());
      std::vector<Link> links;
      links.push_back(std::move(link));
      return links;
    }
    const auto* program = find_named(object_.programs(), member.program);
    if (program == nullptr) return std::unexpected(why_not_loaded(object_, member.program));
    const auto& defaults = member.defaults ? *member.defaults : defaults_;
    if (member.hook.hooks().empty()) return hook::attach_all(*program, defaults, host_);
    return first(*program, member.hook.hooks());
  }

  // The first hook that takes the program.
  Result<std::vector<Link>> first(const Program& program, std::span<const Hook> hooks) {
    auto links = hook::attach_all(program, hooks.front(), host_);
    if (links) return links;
    Error why = std::move(links).error();
    for (const Hook& hook : hooks.subspan(1)) {
      auto others = hook::attach_all(program, hook, host_);
      if (others) {
        notes_.push_back(fmt::format("'{}' is attached to {}: {}", program.name(), describe(hook),
                                     why.message()));
        return others;
      }
      why = std::move(why).hint(fmt::format("Nor does it work so: {}", others.error().message()));
    }
    return std::unexpected(std::move(why));
  }

  const Object& object_;
  const AttachDefaults& defaults_;
  hook::Host& host_;
  std::optional<kernel::Security> security_;  // once it matters
  std::vector<std::string> notes_;
};

}  // namespace

std::set<std::string, std::less<>> may_be_refused(const std::vector<Member>& members) {
  std::set<std::string, std::less<>> names;
  for (const Member& member : members) add_names(member, false, names);
  return names;
}

Result<Session> Session::start(const Object& object, const std::vector<Member>& members,
                               const AttachDefaults& defaults) {
  hook::Host host(object.syscalls());
  Starter starter(object, defaults, host);
  std::vector<Link> links;
  for (const Member& member : members) {
    auto started = starter.start(member);
    if (started) {
      starter.foresee(*started);
      std::ranges::move(*started, std::back_inserter(links));
    } else if (member.optional) {
      starter.leave_out(member, started.error());
    } else {
      detach_all(std::move(links));
      return std::unexpected(std::move(started).error());
    }
  }
  return Session(std::move(links), std::move(starter).notes());
}

void Session::stop() noexcept { detach_all(release()); }

Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  stop();
  links_ = std::move(other.links_);
  notes_ = std::move(other.notes_);
  return *this;
}

Session::~Session() { stop(); }

}  // namespace skep
