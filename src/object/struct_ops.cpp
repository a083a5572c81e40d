#include "object/struct_ops.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace skep::object {
namespace {

bool is_zero(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// What the kernel calls the struct: without the flavour behind "___".
std::string_view essential(std::string_view name) { return name.substr(0, name.find("___", 1)); }

std::string table_name(std::string_view local) {
  return fmt::format("bpf_struct_ops_{}", essential(local));
}

btf::Type local_struct(const ObjectSpec& spec, const MapSpec& map) {
  return spec.types.strip(spec.types.contains(map.value_type) ? map.value_type : 0);
}

struct KernelStruct {
  TargetType where;      // of `value`
  btf::Type type;        // struct NAME
  btf::Type value;       // struct bpf_struct_ops_NAME
  std::uint32_t offset;  // bytes: of the one in the other
};

Result<KernelStruct> find_struct(TargetNames& names, std::string_view local) {
  const auto name = essential(local);
  const auto found = names.first(table_name(local), btf::Kind::struct_);
  if (!found) {
    Error error(ErrorKind::not_found,
                fmt::format("the kernel has no table of functions 'struct {}'", name));
    return std::unexpected(std::move(error).hint(
        "A module that is not loaded or another configuration of the kernel may have it."));
  }
  const auto value = found->types->type(found->id);
  for (const auto& member : value.members()) {
    const auto type = found->types->type(member.type);
    if (!type.is(btf::Kind::struct_) || type.name() != name) continue;
    const auto offset = member.bit_offset / 8;
    if (std::uint64_t{offset} + type.size() > value.size()) break;
    return KernelStruct{*found, type, value, offset};
  }
  return fail(ErrorKind::bad_input, "struct bpf_struct_ops_{} of the kernel holds no struct {}",
              name, name);
}

struct KernelMember {
  btf::Member member;
  std::uint32_t index = 0;
};

std::optional<KernelMember> find_member(const btf::Type& type, std::string_view name) {
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const auto member = type.member(i);
    if (member.name == name) return KernelMember{member, i};
  }
  return std::nullopt;
}

// One map, member by member.
class Translation {
 public:
  // `target` is what the kernel has for the map's struct.
  Translation(const ObjectSpec& spec, std::uint32_t map, const KernelStruct& target,
              std::vector<StructOpsProgram>& programs)
      : spec_(spec), map_(spec.maps[map]), target_(target), programs_(programs) {
    out_.map = map;
    out_.module = target.where.module;
    out_.value_type = target.value.id();
  }

  Result<StructOpsMap> run() {
    out_.value.resize(target_.value.size());
    for (const auto& member : local_struct(spec_, map_).members()) {
      auto done = move(member);
      if (!done) return add_context(std::move(done).error(), "member '{}'", member.name);
    }
    return std::move(out_);
  }

 private:
  Result<void> move(const btf::Member& member) {
    SKEP_TRY(const auto size, spec_.types.size_of(member.type));
    const auto bytes = slice(map_.contents, member.bit_offset / 8, size);
    if (!bytes) return fail(ErrorKind::bad_input, "it lies outside of the map's value");
    const auto slot = std::ranges::find(map_.slots, member.bit_offset / 8,
                                        [](const MapSlot& s) { return s.index; });
    const bool is_set = slot != map_.slots.end();
    const auto found = find_member(target_.type, member.name);
    if (!found) {
      if (!is_set && is_zero(*bytes)) return {};
      Error error(ErrorKind::unsupported,
                  fmt::format("the kernel's struct {} has no such member", target_.type.name()));
      return std::unexpected(std::move(error).hint("It must be zero to be left out."));
    }
    if (member.bit_size != 0 || found->member.bit_size != 0) {
      return fail(ErrorKind::unsupported, "bit fields cannot be moved");
    }
    const auto ours = spec_.types.strip(member.type);
    const auto theirs = kernel().strip(found->member.type);
    if (ours.kind() != theirs.kind()) {
      return fail(ErrorKind::unsupported, "it is {} here and {} in the kernel",
                  spec_.types.c_name(member.type), kernel().c_name(found->member.type));
    }
    const auto to = target_.offset + found->member.bit_offset / 8;
    if (!ours.is(btf::Kind::ptr)) return copy(*bytes, found->member.type, to);
    if (is_set) return put(slot->target, theirs, found->index, to);
    if (is_zero(*bytes)) return {};
    return fail(ErrorKind::unsupported, "it points to something that is no program");
  }

  Result<void> copy(Bytes bytes, btf::TypeId type, std::uint32_t to) {
    SKEP_TRY(const auto size, kernel().size_of(type));
    if (size != bytes.size() || to > out_.value.size() || size > out_.value.size() - to) {
      return fail(ErrorKind::unsupported, "it has {} bytes here and {} in the kernel", bytes.size(),
                  size);
    }
    std::ranges::copy(bytes, out_.value.begin() + to);
    return {};
  }

  Result<void> put(std::uint32_t index, const btf::Type& pointer, std::uint32_t member,
                   std::uint32_t to) {
    if (index >= spec_.programs.size()) {
      return fail(ErrorKind::invalid_argument, "there is no program {}", index);
    }
    const auto& program = spec_.programs[index];
    if (program.type != ProgramType::struct_ops) {
      return fail(ErrorKind::unsupported, "'{}' is no struct_ops program", program.name);
    }
    const bool is_function = kernel().strip(pointer.target()).is(btf::Kind::func_proto);
    if (!is_function || to + 8U > out_.value.size()) {
      return fail(ErrorKind::unsupported, "in the kernel it is no pointer to a function");
    }
    const StructOpsProgram place{target_.type.id(), member, target_.where.module};
    auto& known = programs_[index];
    if (known.type == 0) known = place;
    if (known != place) {
      return fail(ErrorKind::bad_input,
                  "program '{}' stands for another function already: it can serve only one",
                  program.name);
    }
    out_.functions.push_back({to, index});
    return {};
  }

  [[nodiscard]] const Btf& kernel() const noexcept { return *target_.where.types; }

  const ObjectSpec& spec_;
  const MapSpec& map_;
  const KernelStruct& target_;
  std::vector<StructOpsProgram>& programs_;
  StructOpsMap out_;
};

}  // namespace

bool has_struct_ops(const ObjectSpec& spec) noexcept {
  return std::ranges::any_of(spec.maps, [](const MapSpec& map) {
    return map.type == MapType::struct_ops && map.autocreate;
  });
}

void choose_struct_ops_programs(ObjectSpec& spec) noexcept {
  const auto each_use = [&](auto what) {
    for (const auto& map : spec.maps) {
      if (map.type != MapType::struct_ops) continue;
      for (const auto& slot : map.slots) {
        if (slot.target < spec.programs.size()) what(spec.programs[slot.target], map.autocreate);
      }
    }
  };
  each_use([](ProgramSpec& program, bool) { program.autoload = false; });
  each_use([](ProgramSpec& program, bool wanted) { program.autoload |= wanted; });
}

void want_struct_ops(const ObjectSpec& spec, TargetNames& names) {
  for (const auto& map : spec.maps) {
    if (map.type != MapType::struct_ops || !map.autocreate) continue;
    names.want_first(table_name(local_struct(spec, map).name()), btf::Kind::struct_);
  }
}

Result<StructOpsTables> resolve_struct_ops(const ObjectSpec& spec, TargetNames& names) {
  StructOpsTables tables;
  tables.programs.resize(spec.programs.size());
  for (std::uint32_t i = 0; i < spec.maps.size(); ++i) {
    const auto& map = spec.maps[i];
    if (map.type != MapType::struct_ops || !map.autocreate) continue;
    auto target = find_struct(names, local_struct(spec, map).name());
    auto resolved = target ? Translation(spec, i, *target, tables.programs).run()
                           : std::unexpected(std::move(target).error());
    if (!resolved) {
      return add_context(std::move(resolved).error(), "struct_ops map '{}'", map.name);
    }
    tables.maps.push_back(*std::move(resolved));
  }
  return tables;
}

}  // namespace skep::object
