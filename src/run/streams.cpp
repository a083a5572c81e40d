#include "run/streams.hpp"

#include <fmt/format.h>

#include "stream/ledger.hpp"

namespace skep::run {
namespace {

struct Found {
  btf::TypeId type = 0;
  std::string how;
};

// struct skep_ledger_NAME { … cells; TYPE record[0]; }
std::optional<Found> by_ledger(const ObjectSpec& spec, std::string_view map) {
  const Variable* ledger = stream::find_ledger(spec, map);
  if (ledger == nullptr) return std::nullopt;
  for (const auto& member : spec.types.strip(ledger->type).members()) {
    if (member.name != "record") continue;
    const auto array = spec.types.strip(member.type);
    if (array.is(btf::Kind::array)) return Found{array.target(), "SKEP_STREAM"};
  }
  return std::nullopt;
}

std::optional<Found> by_value_type(const MapSpec& map) {
  if (map.value_type == 0) return std::nullopt;
  return Found{map.value_type, "__type(value, …) of the map"};
}

// const struct event *unused __attribute__((unused)); the only global pointer to a struct.
std::optional<Found> by_unused_pointer(const ObjectSpec& spec) {
  std::optional<Found> found;
  for (const auto& variable : spec.variables) {
    if (variable.type == 0) continue;
    const auto pointer = spec.types.strip(variable.type);
    if (!pointer.is(btf::Kind::ptr)) continue;
    const auto pointee = spec.types.strip(pointer.target());
    if (!pointee.is(btf::Kind::struct_)) continue;
    if (found) return std::nullopt;
    found = Found{pointee.id(), fmt::format("the global pointer '{}'", variable.name)};
  }
  return found;
}

}  // namespace

Result<std::vector<PlannedStream>> find_streams(const ObjectSpec& spec) {
  std::vector<PlannedStream> out;
  for (const auto& map : spec.maps) {
    if (map.type != MapType::ringbuf) continue;
    PlannedStream planned{.map = map.name, .bytes = map.max_entries};
    planned.has_ledger = stream::find_ledger(spec, map.name) != nullptr;
    auto found = by_ledger(spec, map.name);
    if (!found) found = by_value_type(map);
    if (!found) found = by_unused_pointer(spec);
    if (found) {
      SKEP_TRY(planned.schema, record::make_schema(spec.types, found->type));
      planned.found_by = std::move(found->how);
    }
    out.push_back(std::move(planned));
  }
  return out;
}

}  // namespace skep::run
