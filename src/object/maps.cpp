// The maps of section .maps.
#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "object/map_definition.hpp"
#include "object/sort.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

constexpr std::size_t kernel_name_bytes = 15;  // BPF_OBJ_NAME_LEN without its NUL

Result<MapSpec> read_map(const Source& source, const elf::Section& section,
                         const btf::SectionVariable& place) {
  const auto& types = source.types;
  const auto variable = types.type(place.type);
  if (!variable.is(btf::Kind::var) || variable.name().empty()) {
    return fail(ErrorKind::bad_input, "type {} there is no variable with a name", place.type);
  }
  MapSpec map;
  map.name = variable.name();
  map.kernel_name = map.name.substr(0, kernel_name_bytes);
  map.section_name = section.name;
  map.section_offset = place.offset;
  const auto definition = types.strip(variable.target());
  if (!slice(section.data, place.offset, place.size) || !definition.is(btf::Kind::struct_) ||
      definition.size() > place.size) {
    return fail(ErrorKind::bad_input, "map '{}': its definition is no struct inside the section",
                map.name);
  }
  if (variable.linkage() != btf::Linkage::global) {
    Error error(ErrorKind::unsupported, fmt::format("map '{}' is static", map.name));
    return std::unexpected(std::move(error).hint("make the map global"));
  }
  auto done = read_map_definition(types, definition, map);
  if (!done) return add_context(std::move(done).error(), "map '{}'", map.name);
  return map;
}

// The pointers that __array(values, …) = {…} left to the linker.
class SlotReader {
 public:
  SlotReader(const Source& source, ObjectSpec& spec) : source_(source), spec_(spec) {
    for (std::uint32_t i = 0; i < spec.maps.size(); ++i) {
      if (!spec.maps[i].is_data()) by_name_.emplace(spec.maps[i].name, i);
    }
    for (std::uint32_t i = 0; i < spec.programs.size(); ++i) {
      programs_.emplace(spec.programs[i].name, i);
    }
  }

  Result<void> read(const elf::Relocation& relocation, const btf::Type& section) {
    const auto* place = find_place(section, relocation.offset);
    const auto index =
        place == nullptr ? by_name_.end() : by_name_.find(source_.types.type(place->type).name());
    if (index == by_name_.end()) {
      return fail(ErrorKind::bad_input, "section .maps: a pointer at {:#x} is in no map",
                  relocation.offset);
    }
    auto& map = spec_.maps[index->second];
    auto slot = read_slot(map, *place, relocation);
    if (!slot) return add_context(std::move(slot).error(), "map '{}': values", map.name);
    map.slots.push_back(*slot);
    return {};
  }

 private:
  const btf::SectionVariable* find_place(const btf::Type& section, std::uint64_t offset) {
    if (places_.empty()) places_ = section.variables();
    auto after = std::ranges::upper_bound(places_, offset, {}, &btf::SectionVariable::offset);
    if (after == places_.begin()) return nullptr;
    --after;
    return offset - after->offset + pointer_bytes <= after->size ? &*after : nullptr;
  }

  Result<MapSlot> read_slot(const MapSpec& map, const btf::SectionVariable& place,
                            const elf::Relocation& relocation) const {
    const auto definition = source_.types.strip(source_.types.type(place.type).target());
    const auto last = definition.member(definition.vlen() - 1);
    const auto values = last.bit_offset / 8;
    const auto offset = relocation.offset - place.offset;
    if (last.name != "values" || offset < values || (offset - values) % pointer_bytes != 0) {
      return fail(ErrorKind::bad_input, "there is a pointer outside of 'values'");
    }
    const auto index = static_cast<std::uint32_t>((offset - values) / pointer_bytes);
    const auto& symbol = source_.file.symbols[relocation.symbol];
    const auto& names = map.type == MapType::prog_array ? programs_ : by_name_;
    const auto target = names.find(symbol.name);
    if (target == names.end()) {
      return fail(ErrorKind::bad_input, "[{}] is '{}', which is no {} of this object", index,
                  symbol.name, map.type == MapType::prog_array ? "program" : "map");
    }
    if (map.type == MapType::hash_of_maps && map.key_size != 4) {
      return fail(ErrorKind::bad_input, "initial values need keys of 4 bytes, not {}",
                  map.key_size);
    }
    return MapSlot{index, target->second};
  }

  static constexpr std::uint32_t pointer_bytes = 8;
  using Names = std::unordered_map<std::string_view, std::uint32_t>;
  const Source& source_;
  ObjectSpec& spec_;
  Names by_name_, programs_;
  std::vector<btf::SectionVariable> places_;
};

}  // namespace

Result<void> read_maps(const Source& source, ObjectSpec& spec) {
  const auto* section = source.find(".maps");
  if (section == nullptr || source.role(section->index) != Role::maps) return {};
  const auto described = source.types.find(".maps", btf::Kind::datasec);
  if (!described) {
    Error error(ErrorKind::bad_input, "section .maps: the object has no BTF that describes it");
    return std::unexpected(std::move(error).hint("compile with clang -g"));
  }
  for (std::uint32_t i = 0; i < described->vlen(); ++i) {
    auto map = read_map(source, *section, described->variable(i));
    if (!map) return add_context(std::move(map).error(), "section .maps");
    spec.maps.push_back(*std::move(map));
  }
  return {};
}

Result<void> read_map_slots(const Source& source, ObjectSpec& spec) {
  const auto* section = source.find(".maps");
  if (section == nullptr || source.role(section->index) != Role::maps) return {};
  SKEP_TRY(const auto relocations, source.file.relocations_of(section->index));
  if (relocations.empty()) return {};
  const auto described = source.types.find(".maps", btf::Kind::datasec);
  SlotReader reader(source, spec);
  for (const auto& relocation : relocations) SKEP_CHECK(reader.read(relocation, *described));
  for (auto& map : spec.maps) sort_stably(map.slots, &MapSlot::index);
  return {};
}

}  // namespace skep::object
