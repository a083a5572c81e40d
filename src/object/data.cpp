// Data sections and the variables in them.
#include <algorithm>
#include <cctype>

#include "base/error.hpp"
#include "object/sort.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

// BPF_F_* of BPF_MAP_CREATE (include/uapi/linux/bpf.h).
constexpr std::uint32_t map_read_only_for_programs = 1U << 7, map_mmapable = 1U << 10;

// What the kernel is told: as much of the object's name as fits before the section's name, for
// which at least seven bytes are kept; a section with a second dot stands alone. Odd, but the name
// that users of libbpf know.
std::string kernel_name_of(std::string_view object, std::string_view section) {
  constexpr std::size_t room = 15;
  const auto suffix = std::min(std::max<std::size_t>(7, section.size()), room);
  const bool is_custom = section.find('.', 1) != std::string_view::npos;
  const auto prefix = is_custom ? 0 : std::min(room - suffix, object.size());
  std::string name(object.substr(0, prefix));
  name += section.substr(0, suffix);
  for (char& c : name) {
    const bool is_allowed =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    if (!is_allowed) c = '_';
  }
  return name;
}

// User space may map a section only if a variable in it is global, and so part of a skeleton.
bool has_global_variable(const Btf& types, const btf::Type& section) {
  for (std::uint32_t i = 0; i < section.vlen(); ++i) {
    const auto variable = types.type(section.variable(i).type);
    if (variable.is(btf::Kind::var) && variable.linkage() != btf::Linkage::static_) return true;
  }
  return false;
}

MapSpec data_map(const Source& source, const std::string& object, std::string_view name,
                 DataSection section, std::uint64_t size) {
  MapSpec map;
  map.name = name;
  map.kernel_name = kernel_name_of(object, name);
  map.type = MapType::array;
  map.key_size = 4;
  map.value_size = static_cast<std::uint32_t>(size);
  map.max_entries = 1;
  map.section = section;
  map.section_name = name;
  if (section == DataSection::rodata || section == DataSection::kconfig) {
    map.flags |= map_read_only_for_programs;
  }
  // Sections of string literals (.rodata.str1.1) have no BTF.
  if (const auto type = source.types.find(name, btf::Kind::datasec)) {
    map.value_type = type->id();
    if (has_global_variable(source.types, *type)) map.flags |= map_mmapable;
  }
  return map;
}

Result<MapSpec> read_section(const Source& source, const elf::Section& section,
                             const std::string& object) {
  if (section.size > max_data_section_bytes) {
    return fail(ErrorKind::limit, "section {}: {} bytes of variables, more than {}", section.name,
                section.size, max_data_section_bytes);
  }
  auto map = data_map(source, object, section.name, data_section_of(section), section.size);
  map.contents.assign(section.data.begin(), section.data.end());
  return map;
}

Result<void> check_inside(const Variable& variable, const MapSpec& map) {
  if (variable.offset <= map.value_size && variable.size <= map.value_size - variable.offset) {
    return {};
  }
  return fail(ErrorKind::bad_input, "section {}: variable '{}' has {} bytes at {}, of {}", map.name,
              variable.name, variable.size, variable.offset, map.value_size);
}

Result<void> read_typed_variables(const Source& source, std::uint32_t map, ObjectSpec& spec) {
  const auto section = source.types.type(spec.maps[map].value_type);
  for (std::uint32_t i = 0; i < section.vlen(); ++i) {
    const auto place = section.variable(i);
    const auto type = source.types.type(place.type);
    if (!type.is(btf::Kind::var)) continue;
    Variable variable{std::string(type.name()), map, place.offset, place.size, type.target()};
    SKEP_CHECK(check_inside(variable, spec.maps[map]));
    spec.variables.push_back(std::move(variable));
  }
  return {};
}

// Without BTF the symbols still say where and how large.
void read_plain_variables(const Source& source, const elf::Section& section, std::uint32_t map,
                          ObjectSpec& spec) {
  const auto first = spec.variables.size();
  for (const auto& symbol : source.file.symbols) {
    if (symbol.section != section.index || symbol.type != elf::SymbolType::object) continue;
    spec.variables.push_back({std::string(symbol.name), map,
                              static_cast<std::uint32_t>(symbol.value),
                              static_cast<std::uint32_t>(symbol.size), 0});
  }
  sort_stably(spec.variables, &Variable::offset, first);
}

}  // namespace

Result<void> read_data_sections(const Source& source, ObjectSpec& spec) {
  for (const auto index : source.with_role(Role::data)) {
    const auto& section = source.file.sections[index];
    SKEP_TRY(auto map, read_section(source, section, spec.name));
    const auto map_index = static_cast<std::uint32_t>(spec.maps.size());
    const bool is_typed = map.value_type != 0;
    spec.maps.push_back(std::move(map));
    if (is_typed) {
      SKEP_CHECK(read_typed_variables(source, map_index, spec));
    } else {
      read_plain_variables(source, section, map_index, spec);
    }
  }
  std::uint32_t kconfig_bytes = 0;
  for (const auto& item : spec.externs) {
    if (item.kind == ExternSpec::Kind::kconfig) kconfig_bytes = item.offset + item.size;
  }
  if (kconfig_bytes > 0) {
    spec.maps.push_back(
        data_map(source, spec.name, ".kconfig", DataSection::kconfig, kconfig_bytes));
  }
  return {};
}

}  // namespace skep::object
