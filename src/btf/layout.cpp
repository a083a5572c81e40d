#include "btf/layout.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "btf/data.hpp"

namespace skep {
namespace btf {
namespace {

constexpr std::uint32_t pointer_size = 8;

// Structs inside structs by value: a kernel has about fifteen.
constexpr unsigned deepest_nesting = 128;
constexpr std::uint8_t in_progress = 0xff;

// Of a scalar of that many bytes. 16-byte integers are aligned to 16 by the x86-64 and BPF ABIs
// of clang since 18; sizes that are no power of two (a 12-byte float of i386) by their factor.
std::uint32_t scalar_alignment(std::uint32_t size) noexcept {
  return std::clamp(size & (0U - size), 1U, 16U);
}

// "enum colour;" of GNU C: there is such a type, its values are not known here.
bool is_declared_only(const Type& type) noexcept { return type.is_any_enum() && type.size() == 0; }

// Looks through what has the size of its target: modifiers and variables.
bool is_transparent(const Type& type) noexcept { return type.is_modifier() || type.is(Kind::var); }

}  // namespace

std::string describe(const Type& type) {
  if (type.name().empty()) return fmt::format("{} (type {})", name_of(type.kind()), type.id());
  return fmt::format("{} '{}' (type {})", name_of(type.kind()), type.name(), type.id());
}

bool is_embedded(const Btf& types, const Member& member) noexcept {
  return member.name.empty() && types.strip(member.type).is_composite();
}

bool is_padding(const Btf& types, const Member& member) noexcept {
  return member.name.empty() && !types.strip(member.type).is_composite();
}

TypeId written_type(const Btf& types, TypeId id) noexcept {
  Type type = types.strip_qualifiers(id);
  for (unsigned step = 0; type.is(Kind::typedef_) && step < longest_chain; ++step) {
    if (type.name() == builtin_va_list) return type.target();
    type = types.strip_qualifiers(type.target());
  }
  return id;
}

std::optional<Elements> elements_of(const Btf& types, TypeId id) noexcept {
  Elements out{types.type(id)};
  for (unsigned step = 0; step <= longest_chain; ++step) {
    if (out.type.is(Kind::array)) {
      if (__builtin_mul_overflow(out.count, out.type.array_count(), &out.count)) {
        out.count = std::numeric_limits<std::uint64_t>::max();
      }
    } else if (!is_transparent(out.type)) {
      return out;
    }
    out.type = types.type(out.type.target());
  }
  return std::nullopt;
}

Result<std::uint32_t> Alignments::of(TypeId id, unsigned depth) {
  const auto elements = elements_of(types_, id);
  if (!elements) return fail(ErrorKind::bad_input, "BTF type {}: goes round", id);
  const Type& type = elements->type;
  switch (type.kind()) {
    case Kind::ptr:
      return pointer_size;
    case Kind::enum_:
    case Kind::enum64:
      if (is_declared_only(type)) break;
      return scalar_alignment(type.size());
    case Kind::int_:
    case Kind::float_:
      return scalar_alignment(type.size());
    case Kind::struct_:
    case Kind::union_:
      return of_composite(type, depth);
    default:
      break;
  }
  return fail(ErrorKind::bad_input, "BTF {} has no alignment", describe(type));
}

Result<std::uint32_t> Alignments::of_composite(const Type& type, unsigned depth) {
  if (known_.empty()) known_.resize(types_.end_id());
  const std::uint8_t known = known_[type.id()];
  if (known == in_progress) {
    return fail(ErrorKind::bad_input, "BTF {} contains itself", describe(type));
  }
  if (known != 0) return known;
  if (depth == deepest_nesting) {
    return fail(ErrorKind::bad_input, "BTF {}: nested more than {} deep", describe(type),
                deepest_nesting);
  }
  known_[type.id()] = in_progress;
  auto alignment = of_members(type, depth);
  auto natural = alignment ? is_natural(type, *alignment, depth) : Result<bool>(false);
  known_[type.id()] = 0;
  if (!alignment) return alignment;
  SKEP_TRY(const bool keeps, std::move(natural));
  known_[type.id()] = static_cast<std::uint8_t>(keeps ? *alignment : 1);
  return known_[type.id()];
}

Result<std::uint32_t> Alignments::of_members(const Type& type, unsigned depth) {
  std::uint32_t largest = 1;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Member member = type.member(i);
    if (is_padding(types_, member)) continue;
    SKEP_TRY(const auto alignment, of(member.type, depth + 1));
    largest = std::max(largest, alignment);
  }
  return largest;
}

// Would C put every member where BTF has it, given padding? The rules are those of the System V
// ABI (psABI, section 3.1.2), which clang's BPF target follows: a member starts at a multiple of
// its alignment, a bit field does not cross a boundary of its type.
Result<bool> Alignments::is_natural(const Type& type, std::uint32_t alignment, unsigned depth) {
  if (type.size() % alignment != 0) return false;
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Member member = type.member(i);
    if (is_padding(types_, member)) continue;
    SKEP_TRY(const auto bits, bits_of(types_, member));
    if (member.bit_offset < end) return false;
    if (member.bit_size == 0) {
      SKEP_TRY(const auto own, of(member.type, depth + 1));
      if (member.bit_offset % (own * 8) != 0) return false;
    } else {
      SKEP_TRY(const auto unit, types_.size_of(member.type));
      if (unit == 0 || member.bit_offset % (unit * 8ULL) + bits > unit * 8ULL) return false;
    }
    if (type.is(Kind::struct_)) end = member.bit_offset + bits;
    if (member.bit_offset + bits > type.size() * 8ULL) return false;
  }
  return true;
}

Result<Packing> Alignments::packing(const Type& type) {
  SKEP_TRY(const auto alignment, of_members(type, 0));
  SKEP_TRY(const bool natural, is_natural(type, alignment, 0));
  if (natural) return Packing::natural;
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < type.vlen(); ++i) {
    const Member member = type.member(i);
    if (is_padding(types_, member)) continue;
    SKEP_TRY(const auto bits, bits_of(types_, member));
    SKEP_TRY(const auto unit, types_.size_of(member.type));
    const bool fits = member.bit_size == 0 ? member.bit_offset % 8 == 0 : bits <= unit * 8ULL;
    if (!fits || member.bit_offset < end) return Packing::impossible;
    if (member.bit_offset + bits > type.size() * 8ULL) return Packing::impossible;
    if (type.is(Kind::struct_)) end = member.bit_offset + bits;
  }
  return Packing::packed;
}

Result<std::uint64_t> bits_of(const Btf& types, const Member& member) {
  if (member.bit_size != 0) return member.bit_size;
  SKEP_TRY(const auto size, types.size_of(member.type));
  return std::uint64_t{size} * 8;
}

}  // namespace btf

Result<std::uint32_t> Btf::size_of(btf::TypeId id) const {
  using btf::Kind;
  if (!contains(id)) return fail(ErrorKind::invalid_argument, "there is no BTF type {}", id);
  const auto elements = btf::elements_of(*this, id);
  if (!elements) return fail(ErrorKind::bad_input, "BTF type {}: goes round", id);
  const btf::Type& type = elements->type;
  std::uint64_t size = 0;
  if (btf::is_declared_only(type)) {
    return fail(ErrorKind::bad_input, "BTF {} is only declared: it has no size",
                btf::describe(type));
  }
  switch (type.kind()) {
    case Kind::ptr:
      size = btf::pointer_size;
      break;
    case Kind::int_:
    case Kind::float_:
    case Kind::enum_:
    case Kind::enum64:
    case Kind::struct_:
    case Kind::union_:
    case Kind::datasec:
      size = type.size();
      break;
    default:
      return fail(ErrorKind::bad_input, "BTF {} has no size", btf::describe(type));
  }
  constexpr auto limit = std::numeric_limits<std::uint32_t>::max();
  if (size != 0 && elements->count > limit / size) {
    return fail(ErrorKind::bad_input, "BTF type {}: {} times {} bytes are more than 4 GiB", id,
                elements->count, size);
  }
  return static_cast<std::uint32_t>(size * elements->count);
}

Result<std::uint32_t> Btf::align_of(btf::TypeId id) const {
  if (!contains(id)) return fail(ErrorKind::invalid_argument, "there is no BTF type {}", id);
  return btf::Alignments(*this).of(id);
}

}  // namespace skep
