// What .BTF.ext says beside types: a part of types, a part of strings, and the rest as .BTF.ext.
// All that it refers to must be there.
#include <cstdint>

#include "any_types.hpp"
#include "btf/ext.hpp"

namespace {

template <typename Groups, typename Check>
void check_all(const Groups& groups, const skep::Bytes input, Check check) {
  std::size_t bytes = 0;
  for (const auto& group : groups) {
    for (const auto& record : group.records) {
      if (record.instruction_offset % 8 != 0) __builtin_trap();
      check(record);
      bytes += sizeof(record);
    }
  }
  if (bytes > input.size()) __builtin_trap();  // more records than there can be
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skep;
  auto rest = std::as_bytes(std::span(data, size));
  const auto type_bytes = test::take_part(rest), strings = test::take_part(rest);
  const auto types = test::AnyTypes(type_bytes, strings).btf();
  // A copy of the exact size, so that the sanitizer sees the first byte read beyond it.
  const std::vector section(rest.begin(), rest.end());
  const auto ext = btf::parse_ext(section, types);
  if (!ext) return 0;
  check_all(ext->functions, section, [&](const btf::FuncInfo& record) {
    if (!types.type(record.type).is(btf::Kind::func)) __builtin_trap();
  });
  check_all(ext->lines, section, [&](const btf::LineInfo& record) {
    if (!types.has_string(record.file_name) || !types.has_string(record.line)) __builtin_trap();
  });
  check_all(ext->relocations, section, [&](const btf::CoreRelocation& record) {
    if (!types.contains(record.type) || !types.has_string(record.access)) __builtin_trap();
  });
  return 0;
}
