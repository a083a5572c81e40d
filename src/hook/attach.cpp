#include "hook/attach.hpp"

#include "base/error.hpp"
#include "hook/section.hpp"
#include "kernel/host.hpp"

namespace skep {
namespace {

Result<Link> attach_to(const Program& program, const Hook& target, hook::Host& host) {
  auto link = std::visit([&](const auto& h) { return hook::attach(program, h, host); }, target);
  if (link) return link;
  return add_context(std::move(link).error(), "attach program '{}' to {}", program.name(),
                     describe(target));
}

Result<Link> attach_by_section(const Program& program, const AttachDefaults& defaults,
                               hook::Host& host) {
  auto target = hook::hook_of(program.spec(), defaults);
  if (target) return attach_to(program, *target, host);
  return add_context(std::move(target).error(), "attach program '{}'", program.name());
}

}  // namespace

Result<int> hook::Host::tracefs() {
  if (!tracefs_) {
    SKEP_TRY(tracefs_, kernel::open_tracefs(*sys_));
  }
  return tracefs_.get();
}

Result<Link> Program::attach(const AttachDefaults& defaults) const {
  hook::Host host(*sys_);
  return attach_by_section(*this, defaults, host);
}

Result<Link> Program::attach(const Hook& target) const {
  hook::Host host(*sys_);
  return attach_to(*this, target, host);
}

Result<std::vector<Link>> Object::attach(const AttachDefaults& defaults) const {
  std::vector<Link> links;
  links.reserve(programs().size());
  if (programs().empty()) return links;
  hook::Host host(programs().front().syscalls());
  Result<void> done;
  const auto add = [&](Result<Link> link) {
    if (link) {
      links.push_back(*std::move(link));
    } else {
      done = std::unexpected(std::move(link).error());
    }
    return done.has_value();
  };
  for (const Program& program : programs()) {
    if (program.spec().type == ProgramType::struct_ops) continue;
    if (!add(attach_by_section(program, defaults, host))) break;
  }
  for (const Map& map : maps()) {
    if (!done || map.type() != MapType::struct_ops || map.fd() < 0) continue;
    add(map.attach());
  }
  if (done) return links;
  detach_all(std::move(links));
  return std::unexpected(std::move(done).error());
}

}  // namespace skep
