#include "object/source.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "object/complete_types.hpp"
#include "object/externs.hpp"
#include "object/section.hpp"

namespace skep::object {
namespace {

bool has_prefix_part(std::string_view name, std::string_view prefix) {
  return name == prefix || (name.starts_with(prefix) && name[prefix.size()] == '.');
}

// Sections whose meaning skep knows and cannot serve yet, so that nothing is left out in silence.
Result<void> refuse_unsupported(const elf::Section& section) {
  if (section.name == "maps") {
    Error error(ErrorKind::unsupported,
                "section maps: map definitions of the old form (struct bpf_map_def), which say no "
                "types; libbpf 1.0 refuses them, too");
    return std::unexpected(std::move(error).hint(section_hint("maps").value_or("")));
  }
  return {};
}

bool is_struct_ops(const elf::Section& section) {
  auto name = section.name;
  if (name.starts_with('?')) name.remove_prefix(1);
  return section.type == elf::SectionType::progbits &&
         (name == ".struct_ops" || name == ".struct_ops.link");
}

Role role_of(const elf::Section& section) {
  if (section.size == 0 || section.type == elf::SectionType::null) return Role::other;
  if (section.type == elf::SectionType::progbits && (section.flags & elf::flag_exec) != 0) {
    return section.name == ".text" ? Role::text : Role::program;
  }
  if (section.name == ".maps") return Role::maps;
  if (is_struct_ops(section)) return Role::struct_ops;
  const bool is_arena = section.name == ".addr_space.1";
  if (is_arena && section.type == elf::SectionType::progbits) return Role::arena;
  return data_section_of(section) != DataSection::none ? Role::data : Role::other;
}

Result<void> sort_sections(Source& source) {
  if (source.file.sections.size() > max_sections) {
    return fail(ErrorKind::limit, "it has {} sections, more than {}", source.file.sections.size(),
                max_sections);
  }
  for (const auto& section : source.file.sections) {
    SKEP_CHECK(refuse_unsupported(section));
    const auto role = role_of(section);
    source.roles.push_back(role);
    if (section.type == elf::SectionType::null) continue;
    const bool is_first = source.by_name.emplace(section.name, section.index).second;
    if (!is_first && role != Role::other) {
      return fail(ErrorKind::bad_input, "two sections are named {}", section.name);
    }
  }
  return {};
}

Result<void> read_types(Source& source) {
  const auto* section = source.find(".BTF");
  if (section == nullptr || section->data.empty()) {
    // Whatever is declared, nothing says who should have it.
    SKEP_TRY(source.externs, read_externs(source.file, source.types));
    return {};
  }
  const auto parse = [](std::vector<std::byte> bytes) -> Result<Btf> {
    auto types = Btf::parse(std::move(bytes));
    if (!types) return add_context(std::move(types).error(), "section .BTF");
    return types;
  };
  if (std::ranges::any_of(source.file.symbols, is_extern)) {
    SKEP_TRY(const auto written, parse({section->data.begin(), section->data.end()}));
    SKEP_TRY(source.externs, read_externs(source.file, written));
  }
  SKEP_TRY(auto bytes, complete_types(source.file, section->data, source.externs));
  SKEP_TRY(source.types, parse(std::move(bytes)));
  source.has_types = true;
  const auto* ext = source.find(".BTF.ext");
  if (ext == nullptr || ext->data.empty()) return {};
  auto parsed = btf::parse_ext(ext->data, source.types);
  if (!parsed) return add_context(std::move(parsed).error(), "section .BTF.ext");
  source.ext = *std::move(parsed);
  return {};
}

}  // namespace

const elf::Section* Source::find(std::string_view name) const noexcept {
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &file.sections[found->second];
}

std::vector<std::uint32_t> Source::with_role(Role role) const {
  std::vector<std::uint32_t> sections;
  for (std::uint32_t i = 0; i < roles.size(); ++i) {
    if (roles[i] == role) sections.push_back(i);
  }
  return sections;
}

DataSection data_section_of(const elf::Section& section) noexcept {
  if (section.type == elf::SectionType::nobits) {
    return has_prefix_part(section.name, ".bss") ? DataSection::bss : DataSection::none;
  }
  if (section.type != elf::SectionType::progbits) return DataSection::none;
  if (has_prefix_part(section.name, ".data")) return DataSection::data;
  if (has_prefix_part(section.name, ".rodata")) return DataSection::rodata;
  return DataSection::none;
}

Result<Source> open_source(Bytes bytes) {
  Source source;
  SKEP_TRY(source.file, elf::parse(bytes));
  if (source.file.symbols.empty()) {
    Error error(ErrorKind::bad_input, "it has no symbol table: it was stripped of too much");
    return std::unexpected(std::move(error).hint("llvm-strip -g removes only debug information"));
  }
  SKEP_CHECK(sort_sections(source));
  SKEP_CHECK(read_types(source));
  return source;
}

FunctionIndex::FunctionIndex(const Source& source, const std::vector<FunctionSpec>& functions) {
  for (std::uint32_t i = 0; i < functions.size(); ++i) {
    const auto& function = functions[i];
    by_section_[source.by_name.at(function.section)].push_back(
        {function.section_offset, static_cast<std::uint32_t>(function.instructions.size()), i});
  }
}

std::optional<std::uint32_t> FunctionIndex::find(std::uint32_t section,
                                                 std::uint64_t instruction) const noexcept {
  const auto found = by_section_.find(section);
  if (found == by_section_.end()) return std::nullopt;
  const auto& entries = found->second;
  auto after = std::ranges::upper_bound(entries, instruction, {}, &Entry::first);
  if (after == entries.begin()) return std::nullopt;
  const auto& entry = *--after;
  if (instruction - entry.first >= entry.count) return std::nullopt;
  return entry.function;
}

}  // namespace skep::object
