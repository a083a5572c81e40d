// The structs of sections .struct_ops and .struct_ops.link, and the programs that they name.
#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"
#include "object/sort.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

constexpr std::uint32_t map_flag_link = 1U << 13;  // BPF_F_LINK (include/uapi/linux/bpf.h)
constexpr std::size_t kernel_name_bytes = 15;

class Reader {
 public:
  Reader(const Source& source, ObjectSpec& spec)
      : source_(source), spec_(spec), functions_(source, spec.functions) {
    for (std::uint32_t i = 0; i < spec.programs.size(); ++i) {
      const auto& program = spec.programs[i];
      if (program.type == ProgramType::struct_ops) programs_.emplace(program.function, i);
    }
  }

  Result<void> read(const elf::Section& section) {
    const auto described = source_.types.find(section.name, btf::Kind::datasec);
    if (!described) return fail(ErrorKind::bad_input, "the object has no BTF that describes it");
    const auto first = spec_.maps.size();
    std::uint64_t end = 0;
    for (std::uint32_t i = 0; i < described->vlen(); ++i) {
      SKEP_TRY(auto map, read_map(section, described->variable(i)));
      // Each has its bytes for itself: a file must not stand for many times its size.
      if (map.section_offset < end) {
        return fail(ErrorKind::bad_input, "'{}' overlaps another one", map.name);
      }
      end = map.section_offset + map.value_size;
      spec_.maps.push_back(std::move(map));
    }
    SKEP_TRY(const auto relocations, source_.file.relocations_of(section.index));
    for (const auto& relocation : relocations) {
      auto done = read_slot(std::span(spec_.maps).subspan(first), relocation);
      if (!done) {
        return add_context(std::move(done).error(), "pointer at {:#x}", relocation.offset);
      }
    }
    for (auto i = first; i < spec_.maps.size(); ++i) {
      sort_stably(spec_.maps[i].slots, &MapSlot::index);
    }
    return {};
  }

 private:
  Result<MapSpec> read_map(const elf::Section& section, const btf::SectionVariable& place) {
    const auto variable = source_.types.type(place.type);
    const auto type = source_.types.strip(variable.target());
    if (!variable.is(btf::Kind::var) || !type.is(btf::Kind::struct_) || type.name().empty()) {
      return fail(ErrorKind::bad_input, "'{}' is no struct with a name", variable.name());
    }
    const auto bytes = slice(section.data, place.offset, type.size());
    if (!bytes) {
      return fail(ErrorKind::bad_input, "'{}' reaches beyond the section's end", variable.name());
    }
    const bool is_wanted = !section.name.starts_with('?');
    MapSpec map;
    map.name = variable.name();
    map.kernel_name = map.name.substr(0, kernel_name_bytes);
    map.type = MapType::struct_ops;
    map.key_size = 4;
    map.value_size = type.size();
    map.max_entries = 1;
    map.flags = section.name.ends_with(".link") ? map_flag_link : 0;
    map.value_type = type.id();
    map.struct_ops = type.name();
    map.autocreate = is_wanted;
    map.contents.assign(bytes->begin(), bytes->end());
    map.section_name = section.name;
    map.section_offset = place.offset;
    return map;
  }

  // The maps of a section stand in the order of their offsets (complete_types.hpp).
  Result<void> read_slot(std::span<MapSpec> maps, const elf::Relocation& relocation) {
    auto owner = std::ranges::upper_bound(maps, relocation.offset, {}, &MapSpec::section_offset);
    if (owner == maps.begin() ||
        relocation.offset - std::prev(owner)->section_offset >= std::prev(owner)->value_size) {
      return fail(ErrorKind::bad_input, "it is in no variable");
    }
    --owner;
    const auto offset = static_cast<std::uint32_t>(relocation.offset - owner->section_offset);
    const auto& pointers = function_pointers(owner->value_type);
    const auto member = pointers.find(offset);
    if (member == pointers.end()) {
      return fail(ErrorKind::bad_input, "'{}' has no pointer to a function there", owner->name);
    }
    const auto& symbol = source_.file.symbols[relocation.symbol];
    const auto function = functions_.find(symbol.section, symbol.value / insn_bytes);
    const auto program = function ? programs_.find(*function) : programs_.end();
    if (program == programs_.end()) {
      return fail(ErrorKind::bad_input, "'{}' of '{}' is '{}', which is no struct_ops program",
                  member->second, owner->name, symbol.name);
    }
    owner->slots.push_back({offset, program->second});
    return {};
  }

  // By byte offset, the names of the members.
  using Pointers = std::unordered_map<std::uint32_t, std::string_view>;
  const Pointers& function_pointers(btf::TypeId id) {
    const auto [known, is_new] = pointers_.try_emplace(id);
    if (!is_new) return known->second;
    for (const auto& member : source_.types.type(id).members()) {
      if (member.bit_offset % 8 != 0 || !is_function_pointer(member.type)) continue;
      known->second.emplace(member.bit_offset / 8, member.name);
    }
    return known->second;
  }

  [[nodiscard]] bool is_function_pointer(btf::TypeId id) const {
    const auto pointer = source_.types.strip(id);
    return pointer.is(btf::Kind::ptr) &&
           source_.types.strip(pointer.target()).is(btf::Kind::func_proto);
  }

  const Source& source_;
  ObjectSpec& spec_;
  FunctionIndex functions_;
  std::unordered_map<std::uint32_t, std::uint32_t> programs_;  // by function
  std::unordered_map<btf::TypeId, Pointers> pointers_;         // by struct
};

}  // namespace

Result<void> read_struct_ops(const Source& source, ObjectSpec& spec) {
  Reader reader(source, spec);
  for (const auto index : source.with_role(Role::struct_ops)) {
    const auto& section = source.file.sections[index];
    auto done = reader.read(section);
    if (!done) return add_context(std::move(done).error(), "section {}", section.name);
  }
  return {};
}

}  // namespace skep::object
