#include "run/attach.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "run/annotations.hpp"

namespace skep::run {
namespace {

using Names = std::set<std::string, std::less<>>;

Names names_in(const std::vector<Alternatives>& sets) {
  Names out;
  for (const auto& set : sets) out.insert(set.programs.begin(), set.programs.end());
  return out;
}

// The first of them, and those that stand in for it.
Member member_of(const Alternatives& set, const Places& places) {
  Member out;
  for (const auto& name : set.programs) {
    Member one{.program = name, .defaults = places.of(name)};
    if (out.program.empty()) {
      out = std::move(one);
    } else {
      out.or_else.push_back(std::move(one));
    }
  }
  return out;
}

bool is_attached(const skep::Session& session, const std::string& program) {
  return std::ranges::any_of(session.links(),
                             [&](const Link& link) { return link.program() == program; });
}

}  // namespace

Result<Object> load_all(ObjectSpec spec, std::optional<Btf> kernel_types,
                        const SessionOptions& options) {
  LoadOptions how{.kernel_types = std::move(kernel_types),
                  .pin_root = options.pin_root,
                  .syscalls = options.syscalls};
  how.optional = names_in(find_alternatives(spec));
  return Object::load(std::move(spec), std::move(how));
}

Result<skep::Session> attach_all(const Object& object, const SessionOptions& options,
                                 std::vector<std::string>& notes) {
  const auto& places = options.places;
  const auto sets = find_alternatives(object.spec());
  const auto alternatives = names_in(sets);
  std::vector<Member> members;
  for (const Program& program : object.programs()) {
    if (program.spec().type == ProgramType::struct_ops) continue;
    if (options.map_writes.called.contains(program.name())) continue;
    const bool is_hung = places.named.contains(program.name());
    if (!is_hung && is_only_called(object.spec(), program.spec())) continue;
    if (alternatives.contains(program.name())) continue;
    members.push_back({.program = program.spec().name, .defaults = places.of(program.name())});
  }
  for (const Map& map : object.maps()) {
    const bool is_table = map.type() == MapType::struct_ops && map.fd() >= 0;
    if (is_table) members.push_back({.program = map.spec().name});
  }
  for (const auto& set : sets) members.push_back(member_of(set, places));
  SKEP_TRY(auto session, skep::Session::start(object, members));
  for (const auto& set : sets) {
    if (is_attached(session, set.programs.front())) {
      notes.push_back(
          fmt::format("'{}' is what the kernel takes, the first of its alternatives ({})",
                      set.programs.front(), set.name));
    }
  }
  notes.insert(notes.end(), session.notes().begin(), session.notes().end());
  return session;
}

bool is_only_called(const ObjectSpec& spec, const ProgramSpec& program) {
  if (!program.attach_to.empty()) return false;
  return std::ranges::any_of(spec.maps, [&](const MapSpec& map) {
    return map.type == MapType::prog_array &&
           std::ranges::any_of(map.slots, [&](const MapSlot& slot) {
             return spec.programs[slot.target].name == program.name;
           });
  });
}

bool is_hung_singly(const Hook& hook) noexcept {
  const auto* multi = std::get_if<UprobeMulti>(&hook);
  const auto* usdt = std::get_if<Usdt>(&hook);
  return (multi != nullptr && multi->singly) || (usdt != nullptr && usdt->singly);
}

}  // namespace skep::run
