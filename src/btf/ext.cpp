#include "btf/ext.hpp"

#include <type_traits>

#include "base/error.hpp"

namespace skep::btf {
namespace {

constexpr std::uint16_t magic = 0xeb9f;
constexpr std::uint32_t instruction_size = 8;

// struct btf_ext_header (tools/lib/bpf/libbpf_internal.h); clang before 9 wrote it without the
// CO-RE part.
struct Header {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t flags;
  std::uint32_t header_length;  // offsets count from there
  std::uint32_t function_offset, function_length;
  std::uint32_t line_offset, line_length;
  std::uint32_t core_offset, core_length;
};
constexpr std::uint32_t old_header = 24;
static_assert(sizeof(Header) == 32);

// The records stand in the file as they do here; newer ones may be longer.
static_assert(sizeof(FuncInfo) == 8 && sizeof(LineInfo) == 16 && sizeof(CoreRelocation) == 16);

Result<Header> read_header(Bytes bytes) {
  Header header{};
  if (bytes.size() < old_header) {
    return fail(ErrorKind::bad_input, ".BTF.ext: {} bytes are no header of {}", bytes.size(),
                old_header);
  }
  std::memcpy(&header, bytes.data(), old_header);
  if (header.magic != magic) {
    return fail(ErrorKind::bad_input, ".BTF.ext: starts with {:#06x}, should be {:#06x}{}",
                header.magic, magic,
                header.magic == __builtin_bswap16(magic) ? ": it is big-endian" : "");
  }
  if (header.version != 1 || header.flags != 0) {
    return fail(ErrorKind::bad_input, ".BTF.ext: version {} with flags {:#x} is unknown",
                header.version, header.flags);
  }
  if (header.header_length < old_header || header.header_length > bytes.size()) {
    return fail(ErrorKind::bad_input, ".BTF.ext: a header of {} bytes in {} bytes",
                header.header_length, bytes.size());
  }
  if (header.header_length >= sizeof(Header)) std::memcpy(&header, bytes.data(), sizeof(Header));
  return header;
}

Result<void> check_type(const Btf& types, TypeId id) {
  if (types.contains(id)) return {};
  return fail(ErrorKind::bad_input, "refers to type {} of {}", id, types.end_id());
}

Result<void> check_string(const Btf& types, std::uint32_t offset) {
  if (types.has_string(offset)) return {};
  return fail(ErrorKind::bad_input, "string offset {} is beyond the strings", offset);
}

Result<void> check(const FuncInfo& record, const Btf& types) {
  SKEP_CHECK(check_type(types, record.type));
  if (types.type(record.type).is(Kind::func)) return {};
  return fail(ErrorKind::bad_input, "type {} is a {}, not a func", record.type,
              name_of(types.type(record.type).kind()));
}

Result<void> check(const LineInfo& record, const Btf& types) {
  SKEP_CHECK(check_string(types, record.file_name));
  return check_string(types, record.line);
}

Result<void> check(const CoreRelocation& record, const Btf& types) {
  SKEP_CHECK(check_type(types, record.type));
  return check_string(types, record.access);
}

// The records of one section of code, from the front of `rest`, which is moved past them.
template <typename Record>
Result<SectionRecords<Record>> parse_group(Bytes& rest, std::uint32_t record_size,
                                           const Btf& types) {
  const auto name = read_at<std::uint32_t>(rest, 0);
  const auto count = read_at<std::uint32_t>(rest, sizeof(std::uint32_t));
  if (!name || !count) return fail(ErrorKind::bad_input, "a section's header is cut short");
  rest = rest.subspan(2 * sizeof(std::uint32_t));
  SKEP_CHECK(check_string(types, *name));
  SectionRecords<Record> group{types.string(*name), {}};
  const auto bytes = slice(rest, 0, std::uint64_t{*count} * record_size);
  if (!bytes) {
    return fail(ErrorKind::bad_input, "section '{}': {} records of {} bytes, {} bytes are left",
                group.section, *count, record_size, rest.size());
  }
  rest = rest.subspan(bytes->size());
  group.records.reserve(*count);
  for (std::uint32_t i = 0; i < *count; ++i) {
    Record record;
    std::memcpy(&record, bytes->data() + std::uint64_t{i} * record_size, sizeof(Record));
    if (record.instruction_offset % instruction_size != 0) {
      return fail(ErrorKind::bad_input, "section '{}', record {}: offset {} is no instruction's",
                  group.section, i, record.instruction_offset);
    }
    if (auto good = check(record, types); !good) {
      return add_context(std::move(good).error(), "section '{}', record {}", group.section, i);
    }
    group.records.push_back(record);
  }
  return group;
}

template <typename Record>
Result<std::vector<SectionRecords<Record>>> parse_groups(Bytes body, std::uint32_t offset,
                                                         std::uint32_t length, const Btf& types) {
  std::vector<SectionRecords<Record>> groups;
  if (length == 0) return groups;
  const auto part = slice(body, offset, length);
  if (!part) {
    return fail(ErrorKind::bad_input, "{} bytes at {}, of {}", length, offset, body.size());
  }
  const auto record_size = read_at<std::uint32_t>(*part, 0);
  if (!record_size || *record_size < sizeof(Record) || *record_size % sizeof(std::uint32_t) != 0) {
    return fail(ErrorKind::bad_input, "records of {} bytes, should be {} or more",
                record_size.value_or(0), sizeof(Record));
  }
  Bytes rest = part->subspan(sizeof(std::uint32_t));
  while (!rest.empty()) {
    SKEP_TRY(auto group, parse_group<Record>(rest, *record_size, types));
    groups.push_back(std::move(group));
  }
  return groups;
}

// parse_groups, with errors that say which of the three it was.
template <typename Record>
Result<std::vector<SectionRecords<Record>>> parse_part(std::string_view name, Bytes body,
                                                       std::uint32_t offset, std::uint32_t length,
                                                       const Btf& types) {
  auto groups = parse_groups<Record>(body, offset, length, types);
  if (!groups) return add_context(std::move(groups).error(), ".BTF.ext: {}", name);
  return groups;
}

}  // namespace

Result<Ext> parse_ext(Bytes bytes, const Btf& types) {
  SKEP_TRY(const auto header, read_header(bytes));
  const Bytes body = bytes.subspan(header.header_length);
  Ext ext;
  SKEP_TRY(ext.functions, parse_part<FuncInfo>("func_info", body, header.function_offset,
                                               header.function_length, types));
  SKEP_TRY(ext.lines,
           parse_part<LineInfo>("line_info", body, header.line_offset, header.line_length, types));
  SKEP_TRY(ext.relocations, parse_part<CoreRelocation>("core_relo", body, header.core_offset,
                                                       header.core_length, types));
  return ext;
}

}  // namespace skep::btf
