// Reading a whole object, and looking things up in it.
#include "skep/spec.hpp"

#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "object/source.hpp"

namespace skep {
namespace {

constexpr std::uint64_t max_object_bytes = 64U << 20;
constexpr std::size_t max_license_bytes = 63;  // as much as libbpf keeps

std::string read_license(const object::Source& source) {
  const auto* section = source.find("license");
  if (section == nullptr) return {};
  const auto text = section->data.first(std::min(section->data.size(), max_license_bytes));
  const auto* start = reinterpret_cast<const char*>(text.data());
  return {start, text.empty() ? 0 : strnlen(start, text.size())};
}

Result<std::uint32_t> read_version(const object::Source& source) {
  const auto* section = source.find("version");
  if (section == nullptr) return 0;
  const auto version = read_at<std::uint32_t>(section->data, 0);
  if (!version || section->data.size() != sizeof(std::uint32_t)) {
    return fail(ErrorKind::bad_input, "section version: {} bytes, not 4", section->size);
  }
  return *version;
}

Result<ObjectSpec> read_object(Bytes bytes, std::string_view name) {
  SKEP_TRY(const auto source, object::open_source(bytes));
  ObjectSpec spec;
  spec.name = name;
  spec.license = read_license(source);
  SKEP_TRY(spec.kernel_version, read_version(source));
  spec.types = source.types;
  spec.externs = source.externs;
  SKEP_CHECK(object::read_functions(source, spec));
  SKEP_CHECK(object::read_maps(source, spec));
  SKEP_CHECK(object::read_data_sections(source, spec));
  SKEP_CHECK(object::read_arena(source, spec));
  SKEP_CHECK(object::read_relocations(source, spec));
  SKEP_CHECK(object::read_map_slots(source, spec));
  SKEP_CHECK(object::read_struct_ops(source, spec));
  return spec;
}

template <typename List>
auto find_named(List& list, std::string_view name) noexcept -> decltype(list.data()) {
  const auto found =
      std::ranges::find_if(list, [&](const auto& item) { return item.name == name; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

Result<ObjectSpec> ObjectSpec::open(const std::filesystem::path& path) {
  SKEP_TRY(const auto bytes, read_file(path, max_object_bytes));
  // Up to the first dot, as libbpf does: "execsnoop.bpf.o" is "execsnoop".
  const auto file = path.filename().string();
  auto spec = read_object(bytes, std::string_view(file).substr(0, file.find('.')));
  if (!spec) return add_context(std::move(spec).error(), "object {}", path.string());
  return spec;
}

Result<ObjectSpec> ObjectSpec::parse(std::span<const std::byte> bytes, std::string_view name) {
  auto spec = read_object(bytes, name);
  if (!spec) return add_context(std::move(spec).error(), "object {}", name);
  return spec;
}

ProgramSpec* ObjectSpec::find_program(std::string_view wanted) noexcept {
  return find_named(programs, wanted);
}
const ProgramSpec* ObjectSpec::find_program(std::string_view wanted) const noexcept {
  return find_named(programs, wanted);
}
MapSpec* ObjectSpec::find_map(std::string_view wanted) noexcept { return find_named(maps, wanted); }
const MapSpec* ObjectSpec::find_map(std::string_view wanted) const noexcept {
  return find_named(maps, wanted);
}
const Variable* ObjectSpec::find_variable(std::string_view wanted) const noexcept {
  return find_named(variables, wanted);
}

}  // namespace skep
