// btf/ext.hpp: the .BTF.ext section: where functions start, which source line each instruction
// comes from, and which instructions hold a kernel offset (Documentation/bpf/btf.rst, section 4;
// CO-RE: Documentation/bpf/llvm_reloc.rst).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/btf.hpp"

namespace skep::btf {

// Offsets are in bytes from the start of the section, as the file has them.
struct FuncInfo {
  std::uint32_t instruction_offset = 0;
  TypeId type = 0;
};

struct LineInfo {
  std::uint32_t instruction_offset = 0;
  std::uint32_t file_name = 0;    // string offset in the object's BTF
  std::uint32_t line = 0;         // string offset: the source text itself
  std::uint32_t line_column = 0;  // line << 10 | column, as the kernel takes it
};

// BPF_CORE_* relocation kinds with the kernel's numbers (include/uapi/linux/bpf.h,
// enum bpf_core_relo_kind).
enum class CoreKind : std::uint32_t {
  field_byte_offset = 0,
  field_byte_size = 1,
  field_exists = 2,
  field_signed = 3,
  field_left_shift = 4,
  field_right_shift = 5,
  type_id_local = 6,
  type_id_target = 7,
  type_exists = 8,
  type_size = 9,
  enum_value_exists = 10,
  enum_value = 11,
  type_matches = 12,
};

struct CoreRelocation {
  std::uint32_t instruction_offset = 0;
  TypeId type = 0;
  std::uint32_t access = 0;  // string offset: "0:1:2"
  CoreKind kind = CoreKind::field_byte_offset;
};

// What the file says of one section of code.
template <typename Record>
struct SectionRecords {
  std::string_view section;
  std::vector<Record> records;
};

struct Ext {
  std::vector<SectionRecords<FuncInfo>> functions;
  std::vector<SectionRecords<LineInfo>> lines;
  std::vector<SectionRecords<CoreRelocation>> relocations;
};

// Checks every length, id and string. Errors: bad_input, naming the record.
[[nodiscard]] Result<Ext> parse_ext(Bytes bytes, const Btf& types);

}  // namespace skep::btf
