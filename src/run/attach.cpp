#include "run/attach.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace skep::run {

Result<skep::Session> attach_all(const Object& object, const SessionOptions& options) {
  const auto& places = options.places;
  std::vector<Member> members;
  for (const Program& program : object.programs()) {
    if (program.spec().type == ProgramType::struct_ops) continue;
    if (options.map_writes.called.contains(program.name())) continue;
    members.push_back({.program = program.spec().name, .defaults = places.of(program.name())});
  }
  for (const Map& map : object.maps()) {
    const bool is_table = map.type() == MapType::struct_ops && map.fd() >= 0;
    if (is_table) members.push_back({.program = map.spec().name});
  }
  return skep::Session::start(object, members);
}

bool is_hung_singly(const Hook& hook) noexcept {
  const auto* multi = std::get_if<UprobeMulti>(&hook);
  const auto* usdt = std::get_if<Usdt>(&hook);
  return (multi != nullptr && multi->singly) || (usdt != nullptr && usdt->singly);
}

}  // namespace skep::run
