// Btf::parse: one pass over the records. References are only summed up to their maximum there;
// when that is out of range, a second, slow pass names the culprit.
#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "btf/data.hpp"

namespace skep {
namespace btf {
namespace {

constexpr std::uint16_t magic = 0xeb9f;
constexpr std::uint32_t largest_string = 0x7fffffff;  // BTF_MAX_STR_OFFSET of the kernel
constexpr std::uint8_t none = 0xff;

struct Header {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t header_length;  // offsets count from there
  std::uint32_t type_offset, type_length;
  std::uint32_t string_offset, string_length;
};
static_assert(sizeof(Header) == 24);

// What follows the three words of struct btf_type, in words.
struct Shape {
  std::uint8_t fixed = 0;         // once
  std::uint8_t part = 0;          // vlen times
  bool refers = false;            // the third word is a type
  std::uint8_t part_name = none;  // which word of a part is a string
  std::uint8_t part_type = none;  // which word of a part is a type
};

constexpr std::array<Shape, 20> shapes = [] {
  std::array<Shape, 20> out{};
  const auto at = [&](Kind kind) -> Shape& { return out[static_cast<std::size_t>(kind)]; };
  for (const auto kind : {Kind::ptr, Kind::typedef_, Kind::volatile_, Kind::const_, Kind::restrict_,
                          Kind::func, Kind::type_tag}) {
    at(kind) = {.refers = true};
  }
  at(Kind::int_) = {.fixed = 1};
  at(Kind::array) = {.fixed = 3};
  at(Kind::struct_) = at(Kind::union_) = {.part = 3, .part_name = 0, .part_type = 1};
  at(Kind::enum_) = {.part = 2, .part_name = 0};
  at(Kind::enum64) = {.part = 3, .part_name = 0};
  at(Kind::func_proto) = {.part = 2, .refers = true, .part_name = 0, .part_type = 1};
  at(Kind::var) = {.fixed = 1, .refers = true};
  at(Kind::datasec) = {.part = 3, .part_type = 0};
  at(Kind::decl_tag) = {.fixed = 1, .refers = true};
  return out;
}();

bool is_one_of(std::uint32_t value, std::initializer_list<std::uint32_t> values) noexcept {
  return std::ranges::find(values, value) != values.end();
}

// Why the values of a record (its length is checked) cannot be, or nullptr.
const char* wrong_value(const std::byte* record, Kind kind, std::uint32_t vlen,
                        bool flag) noexcept {
  const std::uint32_t size = word_at(record, 2);
  switch (kind) {
    case Kind::int_: {
      const std::uint32_t encoding = word_at(record, header_words);
      const std::uint32_t bits = encoding & 0xff, offset = encoding >> 16 & 0xff;
      if (size == 0 || size > 16) return "its size is not 1 to 16 bytes";
      return bits > 128 || offset + bits > size * 8 ? "its bits lie outside it" : nullptr;
    }
    case Kind::enum_:
    case Kind::enum64:
      if (size == 0 && vlen == 0) return nullptr;  // only declared
      return is_one_of(size, {1, 2, 4, 8}) ? nullptr : "its size is not 1, 2, 4 or 8 bytes";
    case Kind::float_:
      return is_one_of(size, {2, 4, 8, 12, 16}) ? nullptr
                                                : "its size is not 2, 4, 8, 12 or 16 bytes";
    case Kind::func:
      return vlen > 2 ? "its linkage is unknown" : nullptr;
    case Kind::var:
      return word_at(record, header_words) > 2 ? "its linkage is unknown" : nullptr;
    case Kind::decl_tag:
      return static_cast<std::int32_t>(word_at(record, header_words)) < -1
                 ? "its component is negative"
                 : nullptr;
    case Kind::struct_:
    case Kind::union_:
      for (std::uint32_t i = 0; i < vlen; ++i) {
        const std::uint32_t offset = word_at(record, header_words + 3 * i + 2);
        const std::uint64_t bit = flag ? (offset & 0xffffff) + (offset >> 24) : offset;
        if (bit > std::uint64_t{size} * 8) return "a member starts or ends beyond it";
      }
      return nullptr;
    default:
      return nullptr;
  }
}

// The largest type id and string offset that were seen.
struct Reach {
  TypeId type = 0;
  std::uint32_t string = 0;

  void add(const std::byte* record, const Shape& shape, Kind kind, std::uint32_t vlen) noexcept {
    string = std::max(string, word_at(record, 0));
    if (shape.refers) type = std::max(type, word_at(record, 2));
    if (kind == Kind::array) {
      type = std::max({type, word_at(record, header_words), word_at(record, header_words + 1)});
    }
    const std::uint32_t count = shape.part == 0 ? 0 : vlen;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t at = header_words + shape.fixed + shape.part * i;
      if (shape.part_name != none) string = std::max(string, word_at(record, at + shape.part_name));
      if (shape.part_type != none) type = std::max(type, word_at(record, at + shape.part_type));
    }
  }
};

struct Found {
  Shape shape;
  Kind kind = Kind::void_;
  std::uint32_t vlen = 0;
  std::uint32_t length = 0;  // bytes, of the whole record
};

// Checks one record's kind and length.
Result<Found> measure(Bytes rest, TypeId id) {
  constexpr std::uint32_t header = header_words * word_size;
  if (rest.size() < header) {
    return fail(ErrorKind::bad_input, "BTF type {}: cut short, {} bytes are left", id, rest.size());
  }
  const std::uint32_t info = word_at(rest.data(), 1);
  const Kind kind = kind_of(info);
  if (kind == Kind::void_ || static_cast<std::size_t>(kind) >= shapes.size()) {
    return fail(ErrorKind::bad_input, "BTF type {}: unknown kind {}", id,
                static_cast<unsigned>(kind));
  }
  const Shape& shape = shapes[static_cast<std::size_t>(kind)];
  const std::uint32_t vlen = vlen_of(info);
  const std::uint32_t length = header + word_size * (shape.fixed + shape.part * vlen);
  if (length > rest.size()) {
    return fail(ErrorKind::bad_input, "BTF type {} ({}): takes {} bytes, {} are left", id,
                name_of(kind), length, rest.size());
  }
  return Found{shape, kind, vlen, length};
}

// Names the first type that refers beyond the end. Only called when there is one.
Result<void> name_culprit(const Data& data) {
  for (TypeId id = data.first_id; id < data.end_id(); ++id) {
    const std::byte* record = data.record(id);
    const std::uint32_t info = word_at(record, 1);
    const Kind kind = kind_of(info);
    Reach reach;
    reach.add(record, shapes[static_cast<std::size_t>(kind)], kind, vlen_of(info));
    if (reach.type >= data.end_id()) {
      return fail(ErrorKind::bad_input, "BTF type {} ({}): refers to type {} of {}", id,
                  name_of(kind), reach.type, data.end_id());
    }
    if (reach.string >= data.end_string()) {
      return fail(ErrorKind::bad_input, "BTF type {} ({}): a name is at {} of {} bytes of strings",
                  id, name_of(kind), reach.string, data.end_string());
    }
  }
  return {};
}

Result<void> scan_types(Data& data) {
  auto& starts = data.own_offsets;
  // Records are 12 bytes and more, 25 on average in a kernel.
  starts.reserve(data.types.size() / 24);
  Reach reach;
  std::size_t at = 0;
  while (at < data.types.size()) {
    const Bytes rest = data.types.subspan(at);
    const TypeId id = data.first_id + static_cast<TypeId>(starts.size());
    SKEP_TRY(const auto found, measure(rest, id));
    const bool flag = flag_of(word_at(rest.data(), 1));
    if (const char* why = wrong_value(rest.data(), found.kind, found.vlen, flag)) {
      return fail(ErrorKind::bad_input, "BTF type {} ({}): {}", id, name_of(found.kind), why);
    }
    reach.add(rest.data(), found.shape, found.kind, found.vlen);
    starts.push_back(static_cast<std::uint32_t>(at));
    at += found.length;
  }
  data.offsets = starts;
  if (reach.type < data.end_id() && reach.string < data.end_string()) return {};
  // A set of types without a string at all may still say 0, "no name".
  if (data.end_string() == 0 && reach.string == 0 && reach.type < data.end_id()) return {};
  return name_culprit(data);
}

Result<Header> read_header(Bytes bytes) {
  const auto header = read_at<Header>(bytes, 0);
  if (!header) {
    return fail(ErrorKind::bad_input, "BTF: {} bytes are no header of {}", bytes.size(),
                sizeof(Header));
  }
  if (header->magic == __builtin_bswap16(magic)) {
    return fail(ErrorKind::bad_input, "BTF: it is big-endian");
  }
  if (header->magic != magic) {
    return fail(ErrorKind::bad_input, "BTF: starts with {:#06x}, should be {:#06x}", header->magic,
                magic);
  }
  if (header->version != 1 || header->flags != 0) {
    return fail(ErrorKind::bad_input, "BTF: version {} with flags {:#x} is unknown",
                header->version, header->flags);
  }
  // Newer headers may say more; what is known of them stays where it is.
  if (header->header_length < sizeof(Header) || header->header_length > bytes.size()) {
    return fail(ErrorKind::bad_input, "BTF: a header of {} bytes in {} bytes",
                header->header_length, bytes.size());
  }
  return *header;
}

Result<void> find_sections(Data& data, const Header& header) {
  const Bytes body = data.bytes.subspan(header.header_length);
  const auto types = slice(body, header.type_offset, header.type_length);
  const auto strings = slice(body, header.string_offset, header.string_length);
  if (!types) {
    return fail(ErrorKind::bad_input, "BTF: {} bytes of types at {}, of {}", header.type_length,
                header.type_offset, body.size());
  }
  if (!strings) {
    return fail(ErrorKind::bad_input, "BTF: {} bytes of strings at {}, of {}", header.string_length,
                header.string_offset, body.size());
  }
  if (header.type_offset % word_size != 0) {
    return fail(ErrorKind::bad_input, "BTF: types at {} are not aligned", header.type_offset);
  }
  if (std::uint64_t{header.type_offset} + header.type_length > header.string_offset) {
    return fail(ErrorKind::bad_input, "BTF: types and strings overlap");
  }
  data.types = *types;
  data.strings = {reinterpret_cast<const char*>(strings->data()), strings->size()};
  return {};
}

// Then every offset below end_string() is a string.
Result<void> check_strings(const Data& data) {
  const bool split = data.base != nullptr;
  const std::string_view strings = data.strings;
  if (split && strings.empty()) return {};
  if (strings.empty() || strings.size() > largest_string - data.first_string) {
    return fail(ErrorKind::bad_input, "BTF: {} bytes of strings", strings.size());
  }
  if (strings.back() != '\0') return fail(ErrorKind::bad_input, "BTF: the last string has no end");
  if (!split && strings.front() != '\0') {
    return fail(ErrorKind::bad_input, "BTF: the first string is not empty");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<Data>> read_sections(Bytes bytes, std::shared_ptr<const void> owner,
                                            std::shared_ptr<const Data> base) {
  auto data = std::make_shared<Data>();
  data->owner = std::move(owner);
  data->bytes = bytes;
  if (base != nullptr) {
    data->first_id = base->end_id();
    data->first_string = base->end_string();
    data->base = std::move(base);
  }
  SKEP_TRY(const auto header, read_header(bytes));
  SKEP_CHECK(find_sections(*data, header));
  SKEP_CHECK(check_strings(*data));
  return data;
}

}  // namespace btf

Result<Btf> Btf::parse(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                       std::optional<Btf> base) {
  SKEP_TRY(auto data, btf::read_sections(bytes, std::move(owner), base ? base->data_ : nullptr));
  SKEP_CHECK(btf::scan_types(*data));
  return Btf(std::move(data));
}

Result<Btf> Btf::parse(std::vector<std::byte> bytes, std::optional<Btf> base) {
  const auto owned = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return parse(std::span(*owned), owned, std::move(base));
}

}  // namespace skep
