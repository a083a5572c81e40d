// Data sections of another size than the compiler gave them: the array at their end grows.
#include <algorithm>
#include <cstring>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "object/raw_types.hpp"
#include "skep/spec.hpp"

namespace skep {
namespace {

using object::RawTypes;

// struct btf_header: Documentation/bpf/btf.rst, section 2.
constexpr std::size_t header_length_at = 4, types_offset_at = 8, types_length_at = 12,
                      strings_offset_at = 16;
constexpr std::uint32_t array_info = static_cast<std::uint32_t>(btf::Kind::array) << 24;

// The bytes with an array more, the last type of all. Ids and strings stay what they are.
std::vector<std::byte> with_array(Bytes types, btf::TypeId element, btf::TypeId index,
                                  std::uint32_t count) {
  const auto word = [&](std::size_t at) { return read_at<std::uint32_t>(types, at).value_or(0); };
  const std::uint32_t record[] = {0, array_info, 0, element, index, count};
  const auto record_bytes = std::as_bytes(std::span(record));
  const auto add = static_cast<std::uint32_t>(record_bytes.size());
  const std::size_t end = word(types_offset_at) + word(types_length_at);
  std::vector<std::byte> out(types.begin(), types.end());
  const auto set = [&](std::size_t at, std::uint32_t value) {
    std::memcpy(out.data() + at, &value, sizeof value);
  };
  set(types_length_at, word(types_length_at) + add);
  if (word(strings_offset_at) >= end) set(strings_offset_at, word(strings_offset_at) + add);
  const auto place = out.begin() + static_cast<std::ptrdiff_t>(end + word(header_length_at));
  out.insert(place, record_bytes.begin(), record_bytes.end());
  return out;
}

// The variable at the end of a section, and the array that it is.
struct Tail {
  std::uint32_t index = 0;  // in the DATASEC
  btf::SectionVariable place;
  btf::TypeId variable = 0;
  btf::TypeId element = 0, array_index = 0;
  std::uint32_t element_bytes = 0;
};

Result<Tail> find_tail(const Btf& types, const MapSpec& map) {
  const auto section = types.type(types.contains(map.value_type) ? map.value_type : 0);
  if (!section.is(btf::Kind::datasec) || section.vlen() == 0) {
    return fail(ErrorKind::invalid_argument, "no BTF describes its variables");
  }
  Tail tail;
  tail.index = section.vlen() - 1;
  tail.place = section.variable(tail.index);
  tail.variable = tail.place.type;
  const auto variable = types.type(tail.variable);
  const auto array = types.strip(variable.target());
  if (!variable.is(btf::Kind::var) || !array.is(btf::Kind::array)) {
    return fail(ErrorKind::invalid_argument, "its last variable '{}' is no array", variable.name());
  }
  tail.element = array.target();
  tail.array_index = array.array_index();
  SKEP_TRY(tail.element_bytes, types.size_of(tail.element));
  if (tail.element_bytes != 0) return tail;
  return fail(ErrorKind::invalid_argument, "the elements of '{}' have no size", variable.name());
}

Result<Btf> resized_types(const Btf& types, const MapSpec& map, const Tail& tail,
                          std::uint32_t bytes) {
  const auto array = types.end_id();
  const auto count = (bytes - tail.place.offset) / tail.element_bytes;
  auto raw_bytes = with_array(types.bytes(), tail.element, tail.array_index, count);
  auto raw = RawTypes::find(raw_bytes);
  if (!raw) return fail(ErrorKind::bad_input, "the object's BTF cannot be changed");
  raw->set_word(map.value_type, object::word_size, bytes);
  raw->set_word(map.value_type, object::word_more + 3 * tail.index + 2, bytes - tail.place.offset);
  raw->set_word(tail.variable, object::word_size, array);
  return Btf::parse(std::move(raw_bytes));
}

Error no_such_section(const ObjectSpec& spec, std::string_view wanted) {
  Error error(ErrorKind::not_found, fmt::format("no data section is named '{}'", wanted));
  std::vector<std::string> names;
  for (const auto& map : spec.maps) {
    if (map.is_data()) names.push_back(map.name);
  }
  if (names.empty()) return error;
  return std::move(error).hint(fmt::format("there are {}", enumerate(names)));
}

}  // namespace

Result<void> ObjectSpec::resize(std::string_view section, std::uint32_t bytes) {
  auto* map = find_map(section);
  if (map == nullptr || !map->is_data()) return std::unexpected(no_such_section(*this, section));
  const auto index = static_cast<std::uint32_t>(map - maps.data());
  auto tail = find_tail(types, *map);
  if (!tail) return add_context(std::move(tail).error(), "section {}", section);
  const auto last = types.type(tail->variable).name();
  const auto first = tail->place.offset;
  if (bytes > max_data_section_bytes) {
    return fail(ErrorKind::limit, "section {}: {} bytes of variables, more than {}", section, bytes,
                max_data_section_bytes);
  }
  if (bytes <= first || (bytes - first) % tail->element_bytes != 0) {
    return fail(
        ErrorKind::invalid_argument,
        "section {}: '{}' begins at {} and has elements of {} bytes: {} bytes in all do not "
        "end with an element",
        section, name, first, tail->element_bytes, bytes);
  }
  const auto array = types.end_id();
  SKEP_TRY(auto changed, resized_types(types, *map, *tail, bytes));
  for (auto& variable : variables) {
    if (variable.map != index || variable.offset != first || variable.name != last) continue;
    variable.size = bytes - first;
    variable.type = array;
  }
  types = std::move(changed);
  map->value_size = bytes;
  if (map->contents.size() > bytes) map->contents.resize(bytes);
  return {};
}

}  // namespace skep
