// Arenas: memory that programs and user space share by its addresses. Global variables of address
// space 1 (__arena) stand at its beginning.
#include <algorithm>

#include "base/error.hpp"
#include "object/source.hpp"

namespace skep::object {
namespace {

Result<void> read_variables(const Source& source, const elf::Section& section,
                            const btf::Type& described, std::uint32_t arena, ObjectSpec& spec) {
  for (const auto& place : described.variables()) {
    const auto type = source.types.type(place.type);
    if (!type.is(btf::Kind::var)) continue;
    if (!slice(section.data, place.offset, place.size)) {
      return fail(ErrorKind::bad_input, "section {}: variable '{}' has {} bytes at {}, of {}",
                  section.name, type.name(), place.size, place.offset, section.size);
    }
    spec.variables.push_back(
        {std::string(type.name()), arena, place.offset, place.size, type.target()});
  }
  return {};
}

}  // namespace

std::optional<std::uint32_t> find_arena(const ObjectSpec& spec) noexcept {
  const auto found = std::ranges::find(spec.maps, MapType::arena, &MapSpec::type);
  if (found == spec.maps.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - spec.maps.begin());
}

Result<void> read_arena(const Source& source, ObjectSpec& spec) {
  const auto arena = find_arena(spec);
  if (std::ranges::count(spec.maps, MapType::arena, &MapSpec::type) > 1) {
    return fail(ErrorKind::bad_input, "it has more than one arena: a program can use only one");
  }
  for (const auto index : source.with_role(Role::arena)) {
    const auto& section = source.file.sections[index];
    if (!arena) {
      Error error(ErrorKind::bad_input,
                  fmt::format("section {}: there are variables, and no arena", section.name));
      return std::unexpected(
          std::move(error).hint("Define a map of type BPF_MAP_TYPE_ARENA for them."));
    }
    spec.maps[*arena].contents.assign(section.data.begin(), section.data.end());
    const auto described = source.types.find(section.name, btf::Kind::datasec);
    if (described) SKEP_CHECK(read_variables(source, section, *described, *arena, spec));
  }
  return {};
}

}  // namespace skep::object
