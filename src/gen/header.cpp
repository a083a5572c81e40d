#include "gen/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "gen/types.hpp"
#include "object/rings.hpp"
#include "stream/record_type.hpp"

namespace skep::gen {
namespace {

// A section that is larger is set through object(), not as a member of Spec.
constexpr std::uint32_t most_section_bytes = 64 << 10;

struct Section {
  std::size_t map = 0;
  std::string member;  // "rodata"
  std::string type;    // "::opensnoop::rodata_section"
  std::uint32_t bytes = 0;
  bool is_const = false;
};

struct Entry {
  std::size_t index = 0;  // into ObjectSpec::maps or ::programs
  std::string member;
  std::string type;
};

// Of which types of its map a view is a template.
enum class Of : std::uint8_t { nothing, key, value, both, hashed_value };

struct View {
  MapType type = MapType::unspecified;
  std::string_view name;  // in skep::
  Of of = Of::nothing;
};

constexpr std::array all_views{
    View{MapType::hash, "Hash", Of::both},
    View{MapType::lru_hash, "Hash", Of::both},
    View{MapType::array, "Array", Of::value},
    View{MapType::percpu_hash, "PerCpuHash", Of::both},
    View{MapType::lru_percpu_hash, "PerCpuHash", Of::both},
    View{MapType::percpu_array, "PerCpuArray", Of::value},
    View{MapType::lpm_trie, "LpmTrie", Of::both},
    View{MapType::queue, "Queue", Of::value},
    View{MapType::stack, "Stack", Of::value},
    View{MapType::bloom_filter, "BloomFilter", Of::hashed_value},
    View{MapType::hash_of_maps, "HashOfMaps", Of::key},
    View{MapType::sockhash, "SocketHash", Of::key},
    View{MapType::task_storage, "LocalStorage", Of::value},
    View{MapType::sk_storage, "LocalStorage", Of::value},
    View{MapType::inode_storage, "LocalStorage", Of::value},
    View{MapType::cgrp_storage, "LocalStorage", Of::value},
    View{MapType::prog_array, "ProgArray"},
    View{MapType::array_of_maps, "ArrayOfMaps"},
    View{MapType::sockmap, "SocketArray"},
    View{MapType::cgroup_array, "CgroupArray"},
    View{MapType::perf_event_array, "PerfEventArray"},
    View{MapType::xskmap, "XskMap"},
    View{MapType::reuseport_sockarray, "ReuseportArray"},
    View{MapType::devmap, "DevMap"},
    View{MapType::devmap_hash, "DevMap"},
    View{MapType::cpumap, "CpuMap"},
    View{MapType::stack_trace, "StackTrace"},
};

View view_for(MapType type) {
  const auto* const found = std::ranges::find(all_views, type, &View::type);
  return found == all_views.end() ? View{type, "UntypedMap"} : *found;
}

class Header {
 public:
  Header(const ObjectSpec& spec, const std::string& name)
      : spec_(spec),
        name_(name),
        names_({"Spec", "Object", "object_bytes", "std", "skep"}),
        types_(spec.types, "::" + name, names_) {}

  Result<std::string> print(std::span<const std::byte> bytes) {
    SKEP_CHECK(find_sections());
    SKEP_CHECK(find_maps());
    SKEP_CHECK(find_programs());
    std::string out = fmt::format(
        "// Written by `skep gen` from {0}.bpf.o: its types, its bytes, and what they are loaded "
        "as.\n"
        "#pragma once\n\n"
        "#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <cstring>\n"
        "#include <span>\n\n"
        "#include <skep/skep.hpp>\n#include <skep/typed.hpp>\n\n"
        "namespace {1} {{\n\n",
        spec_.name, name_);
    out += types_.text();
    out += object_bytes(bytes);
    out += spec_class();
    out += object_class();
    out += load_function();
    return out + fmt::format("}}  // namespace {}\n", name_);
  }

 private:
  Result<void> find_sections() {
    for (std::size_t i = 0; i < spec_.maps.size(); ++i) {
      const auto& map = spec_.maps[i];
      if (!map.is_data() || map.section == DataSection::kconfig) continue;
      std::vector<Variable> variables;
      for (const auto& variable : spec_.variables) {
        // The compiler may make a static variable smaller than its type.
        const bool has_its_type = variable.type != 0 && variable.size > 0 &&
                                  spec_.types.size_of(variable.type).value_or(0) == variable.size;
        if (variable.map == i && has_its_type) variables.push_back(variable);
      }
      if (variables.empty()) continue;
      const std::string member = members_.take(map.name.substr(map.name.starts_with('.') ? 1 : 0));
      SKEP_TRY(auto type, types_.add_section(member + "_section", map.value_size, variables));
      sections_.push_back(
          {i, member, std::move(type), map.value_size, map.section == DataSection::rodata});
    }
    return {};
  }

  Result<void> find_maps() {
    Names members;
    for (std::size_t i = 0; i < spec_.maps.size(); ++i) {
      const auto& map = spec_.maps[i];
      if (map.is_data()) continue;
      SKEP_TRY(auto type, view_of(map));
      maps_.push_back({i, members.take(map.name), std::move(type)});
    }
    return {};
  }

  Result<void> find_programs() {
    Names members;
    for (std::size_t i = 0; i < spec_.programs.size(); ++i) {
      const auto& program = spec_.programs[i];
      const bool is_known =
          program.type != ProgramType::unspecified && !name_of(program.type).empty();
      programs_.push_back({i, members.take(program.name),
                           fmt::format("skep::TypedProgram<skep::ProgramType::{}>",
                                       is_known ? name_of(program.type) : "unspecified")});
    }
    return {};
  }

  // The types of C++ of key and value; bytes of the right size where the object says nothing.
  Result<std::string> part_of(btf::TypeId type, std::uint32_t size) {
    const auto known = type == 0 ? 0U : spec_.types.size_of(type).value_or(0);
    if (size == 0 || known != size) return fmt::format("std::array<std::byte, {}>", size);
    return types_.name_of(type);
  }

  Result<std::string> view_of(const MapSpec& map) {
    if (map.type == MapType::ringbuf || object::has_ring_per_cpu(spec_, map)) return ring_of(map);
    const View view = view_for(map.type);
    std::string arguments;
    if (view.of == Of::key || view.of == Of::both) {
      SKEP_TRY(arguments, part_of(map.key_type, map.key_size));
      types_.mark_key(arguments);
    }
    if (view.of != Of::nothing && view.of != Of::key) {
      SKEP_TRY(const auto value, part_of(map.value_type, map.value_size));
      if (view.of == Of::hashed_value) types_.mark_key(value);
      arguments += (arguments.empty() ? "" : ", ") + value;
    }
    return view.of == Of::nothing ? fmt::format("skep::{}", view.name)
                                  : fmt::format("skep::{}<{}>", view.name, arguments);
  }

  Result<std::string> ring_of(const MapSpec& map) {
    const auto record = stream::find_record_type(spec_, map);
    if (!record) return std::string("skep::Ring<std::byte>");
    SKEP_TRY(const auto type, types_.name_of(record->type));
    return fmt::format("skep::Ring<{}>", type);
  }

  static std::string object_bytes(std::span<const std::byte> bytes) {
    std::string out = fmt::format(
        "// The object file.\nalignas(8) inline constexpr unsigned char "
        "object_bytes[{}] = {{",
        bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i % 24 == 0) out += "\n    ";
      out += fmt::format("{},", static_cast<unsigned>(bytes[i]));
    }
    return out + "};\n\n";
  }

  [[nodiscard]] static bool rides_in_spec(const Section& section) {
    return section.bytes <= most_section_bytes;
  }

  [[nodiscard]] std::string spec_class() const {
    std::string members, fill;
    for (const auto& section : sections_) {
      if (!rides_in_spec(section)) continue;
      members += fmt::format("  {} {}{{}};\n", section.type, section.member);
      fill += fmt::format("    spec.take({}, spec.{});\n", section.map, section.member);
    }
    std::string maps, map_list, programs, program_list;
    for (const auto& map : maps_) {
      // What is to be set of a stream with a ring for each CPU is said of these.
      const bool is_per_cpu = object::has_ring_per_cpu(spec_, spec_.maps[map.index]);
      maps += fmt::format("    skep::MapSpec& {};{}\n", map.member,
                          is_per_cpu ? "  // each CPU's ring" : "");
      map_list += fmt::format("object_.maps[{}]{}, ", map.index, is_per_cpu ? ".inner[0]" : "");
    }
    for (const auto& program : programs_) {
      programs += fmt::format("    skep::ProgramSpec& {};\n", program.member);
      program_list += fmt::format("object_.programs[{}], ", program.index);
    }
    return fmt::format(R"(class Object;

// What the object says, to be changed before it is loaded: global variables, maps, programs.
class Spec {{
 public:
  // Errors: none that the object's bytes do not cause.
  static skep::Result<Spec> open() {{
    SKEP_TRY(auto object, skep::ObjectSpec::parse(std::as_bytes(std::span(object_bytes)), "{0}"));
    Spec spec(std::move(object));
{1}    return spec;
  }}

  // Global variables as they will be when the programs start.
{2}
  struct Maps {{
{3}  }};
  [[nodiscard]] Maps maps() noexcept {{ return {{{4}}}; }}
  struct Programs {{
{5}  }};
  [[nodiscard]] Programs programs() noexcept {{ return {{{6}}}; }}
  // All of it.
  [[nodiscard]] skep::ObjectSpec& object() noexcept {{ return object_; }}

  // Loads a copy of it. Errors: as skep::Object::load.
  [[nodiscard]] skep::Result<Object> load(skep::LoadOptions options = {{}}) const;

 private:
  explicit Spec(skep::ObjectSpec object) : object_(std::move(object)) {{}}
  template <typename T>
  void take(std::size_t map, T& section) const {{
    const auto& contents = object_.maps[map].contents;
    if (!contents.empty()) {{
      std::memcpy(static_cast<void*>(&section), contents.data(),
                  contents.size() < sizeof(T) ? contents.size() : sizeof(T));
    }}
  }}
  skep::ObjectSpec object_;
}};

)",
                       spec_.name, fill, members, maps, without_comma(map_list), programs,
                       without_comma(program_list));
  }

  static std::string without_comma(std::string list) {
    if (list.ends_with(", ")) list.resize(list.size() - 2);
    return list;
  }

  [[nodiscard]] std::string object_class() const {
    std::string maps, programs, program_list, sections;
    for (const auto& map : maps_) maps += fmt::format("    {} {};\n", map.type, map.member);
    for (const auto& program : programs_) {
      programs += fmt::format("    {} {};\n", program.type, program.member);
      program_list +=
          fmt::format("\n        {{find(\"{0}\"), \"{0}\"}},", spec_.programs[program.index].name);
    }
    for (const auto& section : sections_) {
      sections += fmt::format(
          "  // Shared with the programs. Kernel 5.5.\n"
          "  [[nodiscard]] skep::Result<skep::Globals<{3}{0}>> {1}() const {{\n"
          "    SKEP_TRY(auto memory, object_.maps()[{2}].mapped({4}));\n"
          "    return skep::Globals<{3}{0}>(std::move(memory));\n  }}\n",
          section.type, section.member, section.map, section.is_const ? "const " : "",
          !section.is_const);
    }
    return fmt::format(
        R"(// The object as the kernel has it. Dropping it unloads what is neither attached nor pinned.
class Object {{
 public:
  struct Maps {{
{0}  }};
  [[nodiscard]] const Maps& maps() const noexcept {{ return maps_; }}
  struct Programs {{
{1}  }};
  [[nodiscard]] Programs programs() const noexcept {{
    return {{{2}}};
  }}
{3}
  // Every program where its SEC says. Errors: as skep::Object::attach.
  [[nodiscard]] skep::Result<std::vector<skep::Link>> attach(
      const skep::AttachDefaults& defaults = {{}}) const {{
    return object_.attach(defaults);
  }}
  [[nodiscard]] const skep::Object& object() const noexcept {{ return object_; }}

 private:
  friend class Spec;
  Object(skep::Object object, Maps maps) : object_(std::move(object)), maps_(maps) {{}}
  [[nodiscard]] const skep::Program* find(std::string_view name) const noexcept {{
    for (const auto& program : object_.programs()) {{
      if (program.name() == name) return &program;
    }}
    return nullptr;
  }}
  skep::Object object_;
  Maps maps_;
}};

)",
        maps, programs, without_last(program_list), sections);
  }

  static std::string without_last(std::string list) {
    if (!list.empty()) list.pop_back();
    return list;
  }

  [[nodiscard]] std::string load_function() const {
    std::string give, views, list;
    for (const auto& section : sections_) {
      if (!rides_in_spec(section)) continue;
      give += fmt::format(
          "  const auto* const {0}_bytes = reinterpret_cast<const std::byte*>(&{0});\n"
          "  copy.maps[{1}].contents.assign({0}_bytes, {0}_bytes + sizeof({0}));\n",
          section.member, section.map);
    }
    for (const auto& map : maps_) {
      const bool is_ring = map.type.starts_with("skep::Ring<");
      const char* const place = is_ring ? "object, {}" : "object.maps()[{}]";
      views += fmt::format("  SKEP_TRY(const auto {}_view, {}::of({}));\n", map.member, map.type,
                           fmt::format(fmt::runtime(place), map.index));
      list += fmt::format("{}_view, ", map.member);
    }
    return fmt::format(R"(inline skep::Result<Object> Spec::load(skep::LoadOptions options) const {{
  auto copy = object_;
{0}  SKEP_TRY(auto object, skep::Object::load(std::move(copy), std::move(options)));
{1}  return Object(std::move(object), {{{2}}});
}}

)",
                       give, views, without_comma(list));
  }

  const ObjectSpec& spec_;
  std::string name_;
  Names names_;  // of the namespace
  Names members_{
      {"maps", "programs", "object", "load", "open", "attach", "find", "take", "object_", "maps_"}};
  Types types_;
  std::vector<Section> sections_;
  std::vector<Entry> maps_, programs_;
};

}  // namespace

Result<std::string> make_header(const ObjectSpec& spec, std::span<const std::byte> bytes,
                                const std::string& name) {
  return Header(spec, name).print(bytes);
}

}  // namespace skep::gen
