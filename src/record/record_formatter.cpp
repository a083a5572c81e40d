// record/record_formatter.cpp: skep/record.hpp, by schema, formatter and what streams tell of
// types.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "object/rings.hpp"
#include "record/entry.hpp"
#include "record/format.hpp"
#include "record/kind.hpp"
#include "record/schema.hpp"
#include "skep/record.hpp"
#include "stream/outputs.hpp"
#include "stream/record_type.hpp"

namespace skep {
namespace {

struct Kind {
  std::string name;
  record::JsonFormatter formatter;
  std::optional<std::uint32_t> size;
  std::optional<stream::RecordTag> tag;
};

Result<std::uint32_t> index_of(const ObjectSpec& spec, std::string_view map) {
  const auto found = std::ranges::find(spec.maps, map, &MapSpec::name);
  if (found != spec.maps.end()) return static_cast<std::uint32_t>(found - spec.maps.begin());
  return fail(ErrorKind::not_found, "the object has no map '{}'", map);
}

}  // namespace

struct RecordFormatter::State {
  std::vector<Kind> kinds;
  record::JsonFormatter unknown{record::raw_schema("")};
  bool is_padded = false;          // a perf buffer
  std::uint32_t value_offset = 0;  // of entries: bytes from the key's start to the value
  std::vector<std::byte> entry;    // room for one

  void add(const record::Schema& schema, std::optional<std::uint32_t> size = {},
           const std::optional<stream::RecordTag>& tag = {}) {
    kinds.push_back({schema.name, record::JsonFormatter(schema), size, tag});
  }
  [[nodiscard]] const Kind* kind_of(std::span<const std::byte> bytes) const noexcept {
    const auto fits = [&](const Kind& kind) {
      return stream::is_of(bytes, kind.size, kind.tag, is_padded);
    };
    const auto found = std::ranges::find_if(kinds, fits);
    return found == kinds.end() ? nullptr : &*found;
  }
};

RecordFormatter::RecordFormatter(std::unique_ptr<State> state) noexcept
    : state_(std::move(state)) {}
RecordFormatter::RecordFormatter(RecordFormatter&&) noexcept = default;
RecordFormatter& RecordFormatter::operator=(RecordFormatter&&) noexcept = default;
RecordFormatter::~RecordFormatter() = default;

Result<RecordFormatter> RecordFormatter::of_records(const ObjectSpec& spec, std::string_view map) {
  SKEP_TRY(const auto index, index_of(spec, map));
  const MapType type = spec.maps[index].type;
  const bool is_stream = type == MapType::ringbuf || type == MapType::perf_event_array ||
                         object::has_ring_per_cpu(spec, spec.maps[index]);
  if (!is_stream) {
    return fail(ErrorKind::not_found, "map '{}' is no ring and no perf buffer", map);
  }
  auto state = std::make_unique<State>();
  state->is_padded = type == MapType::perf_event_array;
  const auto outputs = stream::find_outputs(spec);
  for (const auto& found : stream::find_record_types(spec, index, outputs, {})) {
    SKEP_TRY(auto schema, record::make_schema(found.types, found.type));
    if (!found.size && !found.is_declared) schema = record::open_ended(std::move(schema));
    state->add(schema, found.size, found.tag);
  }
  return RecordFormatter(std::move(state));
}

Result<RecordFormatter> RecordFormatter::of_entries(const ObjectSpec& spec, std::string_view map) {
  SKEP_TRY(const auto index, index_of(spec, map));
  const MapSpec& definition = spec.maps[index];
  if (definition.key_type == 0 || definition.value_type == 0) {
    return fail(ErrorKind::not_found, "the definition of map '{}' names no types", map);
  }
  auto state = std::make_unique<State>();
  state->value_offset = (definition.key_size + 7) / 8 * 8;
  SKEP_TRY(auto schema, record::make_schema(
                            spec.types, {{"key", definition.key_type, 0},
                                         {"value", definition.value_type, state->value_offset}}));
  if (definition.type == MapType::lpm_trie) record::join_prefix(schema);
  state->add(schema);
  return RecordFormatter(std::move(state));
}

Result<RecordFormatter> RecordFormatter::of_type(const Btf& types, btf::TypeId type) {
  auto state = std::make_unique<State>();
  SKEP_TRY(const auto schema, record::make_schema(types, type));
  state->add(schema);
  return RecordFormatter(std::move(state));
}

void RecordFormatter::append(std::string& out, std::span<const std::byte> record) const {
  const Kind* const kind = state_->kind_of(record);
  (kind != nullptr ? kind->formatter : state_->unknown).append(out, record);
}

void RecordFormatter::append(std::string& out, std::span<const std::byte> key,
                             std::span<const std::byte> value) const {
  auto& entry = state_->entry;
  entry.assign(std::max<std::size_t>(state_->value_offset, key.size()), std::byte{0});
  std::ranges::copy(key, entry.begin());
  entry.insert(entry.end(), value.begin(), value.end());
  append(out, entry);
}

std::string_view RecordFormatter::type_of(std::span<const std::byte> record) const noexcept {
  const Kind* const kind = state_->kind_of(record);
  return kind != nullptr ? std::string_view(kind->name) : std::string_view();
}

std::vector<std::string_view> RecordFormatter::types() const {
  std::vector<std::string_view> out;
  for (const Kind& kind : state_->kinds) out.emplace_back(kind.name);
  return out;
}

}  // namespace skep
