#include "stream/record_type.hpp"

#include <fmt/format.h>

#include "stream/ledger.hpp"

namespace skep::stream {
namespace {

// struct skep_ledger_NAME { … cells; TYPE record[0]; }
std::optional<RecordType> by_ledger(const ObjectSpec& spec, std::string_view map) {
  const Variable* ledger = find_ledger(spec, map);
  if (ledger == nullptr) return std::nullopt;
  for (const auto& member : spec.types.strip(ledger->type).members()) {
    if (member.name != "record") continue;
    const auto array = spec.types.strip(member.type);
    if (array.is(btf::Kind::array)) return RecordType{array.target(), "SKEP_STREAM"};
  }
  return std::nullopt;
}

std::optional<RecordType> by_value_type(const MapSpec& map) {
  if (map.value_type == 0 || map.type != MapType::ringbuf) return std::nullopt;
  return RecordType{map.value_type, "__type(value, …) of the map"};
}

// const struct event *unused __attribute__((unused)); the only global pointer to a struct.
std::optional<RecordType> by_unused_pointer(const ObjectSpec& spec) {
  std::optional<RecordType> found;
  for (const auto& variable : spec.variables) {
    if (variable.type == 0) continue;
    const auto pointer = spec.types.strip(variable.type);
    if (!pointer.is(btf::Kind::ptr)) continue;
    const auto pointee = spec.types.strip(pointer.target());
    if (!pointee.is(btf::Kind::struct_)) continue;
    if (found) return std::nullopt;
    found = RecordType{pointee.id(), fmt::format("the global pointer '{}'", variable.name), false};
  }
  return found;
}

}  // namespace

std::optional<RecordType> find_record_type(const ObjectSpec& spec, const MapSpec& map) {
  auto found = by_ledger(spec, map.name);
  if (!found) found = by_value_type(map);
  return found ? found : by_unused_pointer(spec);
}

}  // namespace skep::stream
