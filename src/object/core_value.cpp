#include "object/core_value.hpp"

#include "base/error.hpp"

namespace skep::object {
namespace {

// The bytes that must be read to have a field, and the bits of it in them.
struct Place {
  std::uint64_t byte_offset = 0;
  std::uint32_t bytes = 0;
  std::uint64_t bit_offset = 0;  // from the start of the root
  std::uint32_t bits = 0;
  bool is_bit_field = false;
};

// A bit field is read with the smallest aligned integer that holds it, starting from its type's.
Result<Place> place_of_bit_field(const btf::Type& type, std::uint64_t bit_offset,
                                 std::uint32_t bits) {
  Place place{0, type.size(), bit_offset, bits, true};
  if (place.bytes == 0) return fail(ErrorKind::bad_input, "a bit field's type has no size");
  for (;;) {
    place.byte_offset = bit_offset / 8 / place.bytes * place.bytes;
    if (bit_offset + bits - place.byte_offset * 8 <= std::uint64_t{place.bytes} * 8) return place;
    if (place.bytes >= 8) {
      return fail(ErrorKind::unsupported, "no 64-bit load holds the whole bit field");
    }
    place.bytes *= 2;
  }
}

Result<std::optional<CoreValue>> element_value(const Btf& types, btf::CoreKind kind,
                                               const CorePath& path) {
  const auto type = path.steps.back().type;
  SKEP_TRY(const auto size, types.size_of(type));
  switch (kind) {
    case btf::CoreKind::field_byte_offset:
      return CoreValue{path.bit_offset / 8, size, type, true};
    case btf::CoreKind::field_byte_size:
      return CoreValue{.value = size};
    default:
      return fail(ErrorKind::unsupported, "{} of an array element", name_of(kind));
  }
}

Result<std::optional<CoreValue>> member_value(const Btf& types, btf::CoreKind kind,
                                              const CorePath& path) {
  const auto& step = path.steps.back();
  const auto member = types.type(step.type).member(step.index);
  const auto type = types.strip(member.type);
  Place place;
  if (member.bit_size > 0) {
    SKEP_TRY(place, place_of_bit_field(type, path.bit_offset, member.bit_size));
  } else {
    SKEP_TRY(place.bytes, types.size_of(type.id()));
    place.byte_offset = path.bit_offset / 8;
    place.bit_offset = path.bit_offset;
    place.bits = place.bytes * 8;
  }
  // Compilers may read a bit field otherwise than we would.
  const bool is_exact = !place.is_bit_field;
  switch (kind) {
    case btf::CoreKind::field_byte_offset:
      if (place.is_bit_field) return CoreValue{.value = place.byte_offset, .is_exact = false};
      return CoreValue{place.byte_offset, place.bytes, type.id(), true};
    case btf::CoreKind::field_byte_size:
      return CoreValue{.value = place.bytes, .is_exact = is_exact};
    case btf::CoreKind::field_signed:
      return CoreValue{.value = type.is_signed() ? 1U : 0U};
    case btf::CoreKind::field_left_shift: {
      const auto end = place.bit_offset + place.bits - place.byte_offset * 8;
      return CoreValue{.value = static_cast<std::uint32_t>(64 - end), .is_exact = is_exact};
    }
    case btf::CoreKind::field_right_shift:
      return CoreValue{.value = 64 - place.bits};
    default:
      return fail(ErrorKind::unsupported, "{} of a field", name_of(kind));
  }
}

Result<std::optional<CoreValue>> type_value(const Btf& types, btf::CoreKind kind,
                                            const CorePath* path) {
  if (path == nullptr) return CoreValue{};
  switch (kind) {
    case btf::CoreKind::type_id_local:
    case btf::CoreKind::type_id_target:
      // Static linking renumbers types without touching the code.
      return CoreValue{.value = path->root, .is_exact = false};
    case btf::CoreKind::type_size: {
      SKEP_TRY(const auto size, types.size_of(path->root));
      return CoreValue{.value = size};
    }
    default:
      return CoreValue{.value = 1};
  }
}

}  // namespace

Result<std::optional<CoreValue>> core_value(const Btf& types, btf::CoreKind kind,
                                            const CorePath* path) {
  if (is_type_kind(kind)) return type_value(types, kind, path);
  if (kind == btf::CoreKind::field_exists || kind == btf::CoreKind::enum_value_exists) {
    return CoreValue{.value = path == nullptr ? 0U : 1U};
  }
  if (path == nullptr) return std::optional<CoreValue>();
  if (kind == btf::CoreKind::enum_value) {
    // An unsigned enum's values are unsigned, as clang writes them. (libbpf extends every 32-bit
    // one as a signed number, and so refuses enumerators from 0x80000000 on.)
    const auto type = types.type(path->steps[0].type);
    return CoreValue{.value = type.enumerator(path->steps[0].index).value};
  }
  return path->steps.back().is_member() ? member_value(types, kind, *path)
                                        : element_value(types, kind, *path);
}

}  // namespace skep::object
