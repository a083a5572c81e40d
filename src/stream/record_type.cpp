#include "stream/record_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/bytes.hpp"
#include "object/rings.hpp"
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

// No record has room for the type: it is that of something else.
bool is_contradicted(const ObjectSpec& spec, std::uint32_t map, std::span<const Output> outputs,
                     btf::TypeId type) {
  const auto size = spec.types.size_of(type);
  bool any = false;
  for (const auto& output : outputs) {
    if (!may_reach(spec, output, map)) continue;
    if (!size || !output.size || *output.size >= *size) return false;
    any = true;
  }
  return any;
}

}  // namespace

bool may_reach(const ObjectSpec& spec, const Output& output, std::uint32_t map) {
  if (output.map == map) return true;
  const MapSpec& from = spec.maps[output.map];
  return object::holds_rings(from) &&
         std::ranges::find(from.slots, map, &MapSlot::target) != from.slots.end();
}

std::optional<RecordType> find_record_type(const ObjectSpec& spec, const MapSpec& map) {
  auto found = by_ledger(spec, map.name);
  if (!found) found = by_value_type(map);
  return found ? found : by_unused_pointer(spec);
}

std::vector<InferredType> find_record_types(const ObjectSpec& spec, std::uint32_t map,
                                            std::span<const Output> outputs,
                                            const btf::LocalVariables& locals,
                                            const IsOfKernel& is_of_kernel) {
  auto declared = find_record_type(spec, spec.maps[map]);
  std::vector<InferredType> inferred;
  if (!declared || !declared->is_of_map) {
    inferred = infer_record_types(spec, map, outputs, locals, is_of_kernel);
  }
  // What takes all that is left comes last.
  const auto is_rest = [](const InferredType& type) { return !type.size && !type.tag; };
  std::vector<InferredType> rest;
  std::ranges::copy_if(inferred, std::back_inserter(rest), is_rest);
  std::erase_if(inferred, is_rest);
  std::ranges::move(rest, std::back_inserter(inferred));
  if (!declared) return inferred;
  const bool is_doubtful =
      !declared->is_of_map &&
      (inferred.size() > 1 || is_contradicted(spec, map, outputs, declared->type));
  if (is_doubtful) return inferred;
  inferred.clear();
  inferred.push_back({.types = spec.types,
                      .type = declared->type,
                      .size = std::nullopt,
                      .found_by = std::move(declared->found_by),
                      .others = {},
                      .mixed = {},
                      .tag = std::nullopt,
                      .is_declared = true});
  return inferred;
}

bool is_of(std::span<const std::byte> record, std::optional<std::uint32_t> size,
           const std::optional<RecordTag>& tag, bool is_padded) noexcept {
  const auto sent = [&](std::uint32_t bytes) {
    return is_padded ? (bytes + 4 + 7) / 8 * 8 - 4 : bytes;
  };
  if (size && record.size() != sent(*size)) return false;
  if (!tag) return true;
  std::uint64_t value = 0;
  const auto bytes = slice(record, tag->offset, tag->size);
  if (!bytes || bytes->size() > sizeof(value)) return false;
  std::memcpy(&value, bytes->data(), bytes->size());
  return value == tag->value;
}

}  // namespace skep::stream
