#include "object/rings.hpp"

#include <fmt/format.h>

#include "object/map_definition.hpp"

namespace skep::object {

const Variable* find_ledger(const ObjectSpec& spec, std::string_view ring) {
  const Variable* variable = spec.find_variable(fmt::format("{}_ledger", ring));
  if (variable == nullptr || variable->type == 0) return nullptr;
  const auto type = spec.types.strip(variable->type);
  return type.name() == fmt::format("skep_ledger_{}", ring) ? variable : nullptr;
}

bool holds_rings(const MapSpec& map) noexcept {
  return is_map_of_maps(map.type) && !map.inner.empty() &&
         map.inner.front().type == MapType::ringbuf;
}

bool has_ring_per_cpu(const ObjectSpec& spec, const MapSpec& map) {
  return map.type == MapType::array_of_maps && holds_rings(map) &&
         find_ledger(spec, map.name) != nullptr;
}

}  // namespace skep::object
