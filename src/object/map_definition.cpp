// The rules are libbpf's (Documentation/bpf/map_*.rst, tools/lib/bpf/bpf_helpers.h).
#include "object/map_definition.hpp"

#include <bit>
#include <limits>
#include <string>

#include "base/error.hpp"

namespace skep::object {
namespace {

// Where pages are larger the kernel asks for more, and says so.
constexpr std::uint32_t page_bytes = 4096;
// There are twelve attributes; a definition with many more is no definition.
constexpr std::uint32_t max_attributes = 64;
constexpr std::uint32_t pin_none = 0, pin_by_name = 1;

// A ring's size must be a page times a power of two: the next larger one.
std::uint32_t ring_bytes(std::uint32_t wanted) {
  if (wanted == 0) return 0;  // the kernel's complaint is the better one
  const auto pages = (std::uint64_t{wanted} + page_bytes - 1) / page_bytes;
  const auto bytes = std::bit_ceil(pages) * page_bytes;
  return bytes > std::numeric_limits<std::uint32_t>::max() ? wanted
                                                           : static_cast<std::uint32_t>(bytes);
}

class Definition {
 public:
  Definition(const Btf& types, MapSpec& map, bool is_inner)
      : types_(types), map_(map), is_inner_(is_inner) {}

  Result<void> read(const btf::Type& definition) {
    if (definition.vlen() > max_attributes) {
      return fail(ErrorKind::bad_input, "it has {} attributes", definition.vlen());
    }
    for (std::uint32_t i = 0; i < definition.vlen(); ++i) {
      const auto member = definition.member(i);
      auto done = read_attribute(member, i + 1 == definition.vlen());
      if (!done) return add_context(std::move(done).error(), "attribute '{}'", member.name);
    }
    if (map_.type == MapType::unspecified) {
      return fail(ErrorKind::bad_input, "it has no type: add __uint(type, BPF_MAP_TYPE_…)");
    }
    if (map_.type == MapType::ringbuf || map_.type == MapType::user_ringbuf) {
      map_.max_entries = ring_bytes(map_.max_entries);
    }
    return {};
  }

 private:
  Result<void> read_attribute(const btf::Member& member, bool is_last) {
    const auto name = member.name;
    if (name == "type") {
      SKEP_TRY(const auto type, integer(member));
      map_.type = static_cast<MapType>(type);
      return {};
    }
    if (name == "max_entries") return set(map_.max_entries, integer(member));
    if (name == "map_flags") return set(map_.flags, integer(member));
    if (name == "numa_node") return set(map_.numa_node, integer(member));
    if (name == "map_extra") return set(map_.extra, long_integer(member));
    if (name == "key_size") return set_size(map_.key_size, integer(member));
    if (name == "value_size") return set_size(map_.value_size, integer(member));
    if (name == "key") return read_type(member, map_.key_type, map_.key_size);
    if (name == "value") return read_type(member, map_.value_type, map_.value_size);
    if (name == "pinning") return read_pinning(member);
    if (name == "values") return read_values(member, is_last);
    return fail(ErrorKind::unsupported, "no map attribute has that name");
  }

  template <typename Field, typename T>
  static Result<void> set(Field& field, Result<T> value) {
    SKEP_TRY(field, std::move(value));
    return {};
  }

  static Result<void> set_size(std::uint32_t& size, Result<std::uint32_t> value) {
    SKEP_TRY(const auto bytes, std::move(value));
    if (size != 0 && size != bytes) {
      return fail(ErrorKind::bad_input, "{} bytes here, {} bytes elsewhere", bytes, size);
    }
    size = bytes;
    return {};
  }

  // int (*name)[VALUE]
  Result<std::uint32_t> integer(const btf::Member& member) const {
    const auto pointer = types_.strip(member.type);
    if (pointer.is(btf::Kind::ptr)) {
      const auto array = types_.type(pointer.target());
      if (array.is(btf::Kind::array)) return array.array_count();
    }
    return fail(ErrorKind::bad_input, "it is {}, not an integer made by __uint()",
                types_.c_name(member.type));
  }

  // enum { anonymous = VALUE } name, or as above
  Result<std::uint64_t> long_integer(const btf::Member& member) const {
    const auto type = types_.strip(member.type);
    if (!type.is_any_enum()) {
      SKEP_TRY(const auto value, integer(member));
      return value;
    }
    if (type.vlen() != 1) {
      return fail(ErrorKind::bad_input, "an integer made by __ulong() has one enumerator, not {}",
                  type.vlen());
    }
    const auto value = type.enumerator(0).value;
    // A 32-bit enumerator is a signed number whatever the enum is (struct btf_enum).
    if (type.is(btf::Kind::enum64)) return value;
    return static_cast<std::uint64_t>(static_cast<std::int32_t>(value));
  }

  Result<void> read_type(const btf::Member& member, btf::TypeId& id, std::uint32_t& size) {
    const auto pointer = types_.type(member.type);
    if (!pointer.is(btf::Kind::ptr)) {
      return fail(ErrorKind::bad_input, "it is {}, not a type made by __type()",
                  types_.c_name(member.type));
    }
    SKEP_CHECK(set_size(size, types_.size_of(pointer.target())));
    id = pointer.target();
    return {};
  }

  Result<void> read_pinning(const btf::Member& member) {
    if (is_inner_) return fail(ErrorKind::bad_input, "an inner map cannot be pinned");
    SKEP_TRY(const auto pinning, integer(member));
    if (pinning != pin_none && pinning != pin_by_name) {
      return fail(ErrorKind::bad_input, "{} is neither LIBBPF_PIN_NONE nor LIBBPF_PIN_BY_NAME",
                  pinning);
    }
    map_.pin_by_name = pinning == pin_by_name;
    return {};
  }

  // What a map of maps or programs holds: __array(values, struct { … }) or (values, int (void *)).
  Result<void> read_values(const btf::Member& member, bool is_last) {
    const bool of_maps = is_map_of_maps(map_.type);
    if (is_inner_) return fail(ErrorKind::bad_input, "maps of maps of maps do not exist");
    if (!is_last) return fail(ErrorKind::bad_input, "it must be the last one");
    if (!of_maps && map_.type != MapType::prog_array) {
      return fail(ErrorKind::bad_input, "only maps of maps and prog_arrays have it");
    }
    SKEP_CHECK(set_size(map_.value_size, std::uint32_t{4}));
    const auto array = types_.type(member.type);
    const bool is_open_array = array.is(btf::Kind::array) && array.array_count() == 0;
    const auto pointer = is_open_array ? types_.strip(array.target()) : types_.type(0);
    const auto target = types_.strip(pointer.is(btf::Kind::ptr) ? pointer.target() : 0);
    if (!of_maps && target.is(btf::Kind::func_proto)) return {};
    if (!of_maps || !target.is(btf::Kind::struct_)) {
      return fail(ErrorKind::bad_input, "it is {}, not made by __array()",
                  types_.c_name(member.type));
    }
    MapSpec inner;
    inner.name = map_.name + ".inner";
    inner.kernel_name = inner.name.substr(0, 15);
    inner.section_name = map_.section_name;
    inner.section_offset = map_.section_offset;
    SKEP_CHECK(Definition(types_, inner, true).read(target));
    map_.inner.push_back(std::move(inner));
    return {};
  }

  const Btf& types_;
  MapSpec& map_;
  bool is_inner_;
};

}  // namespace

Result<void> read_map_definition(const Btf& types, const btf::Type& definition, MapSpec& map) {
  return Definition(types, map, false).read(definition);
}

}  // namespace skep::object
