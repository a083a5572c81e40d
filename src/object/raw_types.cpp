// Layouts: Documentation/bpf/btf.rst, section 2.
#include "object/raw_types.hpp"

#include <cstring>
#include <limits>

namespace skep::object {
namespace {

struct Header {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t header_length;
  std::uint32_t types_offset, types_length;  // from the end of the header
  std::uint32_t strings_offset, strings_length;
};
static_assert(sizeof(Header) == 24);

constexpr std::uint64_t record_bytes = 12;

// What follows struct btf_type; nothing for a kind that nobody knows.
std::optional<std::uint64_t> more_bytes(btf::Kind kind, std::uint32_t vlen) {
  switch (kind) {
    case btf::Kind::int_:
    case btf::Kind::var:
    case btf::Kind::decl_tag:
      return 4;
    case btf::Kind::array:
      return 12;
    case btf::Kind::struct_:
    case btf::Kind::union_:
    case btf::Kind::datasec:
    case btf::Kind::enum64:
      return std::uint64_t{12} * vlen;
    case btf::Kind::enum_:
    case btf::Kind::func_proto:
      return std::uint64_t{8} * vlen;
    case btf::Kind::ptr:
    case btf::Kind::fwd:
    case btf::Kind::typedef_:
    case btf::Kind::volatile_:
    case btf::Kind::const_:
    case btf::Kind::restrict_:
    case btf::Kind::func:
    case btf::Kind::float_:
    case btf::Kind::type_tag:
      return 0;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<RawTypes> RawTypes::find(std::vector<std::byte>& bytes) {
  const auto header = read_at<Header>(bytes, 0);
  if (!header || header->magic != 0xeb9f) return std::nullopt;
  const std::uint64_t types = std::uint64_t{header->header_length} + header->types_offset;
  const std::uint64_t strings = std::uint64_t{header->header_length} + header->strings_offset;
  if (!slice(bytes, types, header->types_length)) return std::nullopt;
  if (!slice(bytes, strings, header->strings_length)) return std::nullopt;
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  RawTypes raw(bytes);
  raw.types_ = types;
  raw.types_length_ = header->types_length;
  raw.strings_ = strings;
  raw.strings_length_ = header->strings_length;
  if (!raw.find_records(types, header->types_length)) return std::nullopt;
  return raw;
}

bool RawTypes::find_records(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  records_.push_back(0);
  while (offset < end) {
    if (end - offset < record_bytes) return false;
    records_.push_back(static_cast<std::uint32_t>(offset));
    const auto id = static_cast<btf::TypeId>(records_.size() - 1);
    const auto more = more_bytes(kind(id), vlen(id));
    offset += record_bytes;
    if (!more || end - offset < *more) return false;
    offset += *more;
  }
  return true;
}

btf::Kind RawTypes::kind(btf::TypeId id) const noexcept {
  return static_cast<btf::Kind>(info(id) >> 24 & 0x1f);
}

std::string_view RawTypes::name(btf::TypeId id) const noexcept {
  const auto strings = slice(*bytes_, strings_, strings_length_);
  return strings ? string_at(*strings, word(id, word_name)).value_or("") : "";
}

std::uint32_t RawTypes::word(btf::TypeId id, std::uint32_t index) const noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes_->data() + records_[id] + std::size_t{index} * sizeof value,
              sizeof value);
  return value;
}

void RawTypes::set_word(btf::TypeId id, std::uint32_t index, std::uint32_t value) noexcept {
  std::memcpy(bytes_->data() + records_[id] + std::size_t{index} * sizeof value, &value,
              sizeof value);
}

std::vector<std::byte> RawTypes::with_variable(std::string_view name, btf::Linkage linkage,
                                               btf::TypeId type) const {
  const std::uint32_t record[] = {end_of_strings(),
                                  static_cast<std::uint32_t>(btf::Kind::var) << 24, type,
                                  static_cast<std::uint32_t>(linkage)};
  Header header = *read_at<Header>(*bytes_, 0);
  header.header_length = sizeof header;
  header.types_offset = 0;
  header.types_length = static_cast<std::uint32_t>(types_length_ + sizeof record);
  header.strings_offset = header.types_length;
  header.strings_length = static_cast<std::uint32_t>(strings_length_ + name.size() + 1);
  std::vector<std::byte> out;
  const auto add = [&](Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  append_bytes(out, header);
  add(*slice(*bytes_, types_, types_length_));
  add(std::as_bytes(std::span(record)));
  add(*slice(*bytes_, strings_, strings_length_));
  add(std::as_bytes(std::span(name)));
  out.push_back(std::byte{0});
  return out;
}

}  // namespace skep::object
