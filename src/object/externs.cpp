// Reading the externs of an object. How they are sorted decides the layout of .kconfig and the
// numbers of poisoned calls: both are libbpf's (tools/lib/bpf/libbpf.c,
// bpf_object__collect_externs).
#include "object/externs.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace skep::object {
namespace {

// Where the BTF speaks of externs: by name, the first variable or function; by its id, the section
// that claims it.
struct Declarations {
  explicit Declarations(const Btf& types) {
    for (btf::TypeId id = 1; id < types.end_id(); ++id) {
      const auto type = types.type(id);
      if (type.is(btf::Kind::var) || type.is(btf::Kind::func)) ids.emplace(type.name(), id);
      if (!type.is(btf::Kind::datasec)) continue;
      for (std::uint32_t i = 0; i < type.vlen(); ++i) {
        sections.emplace(type.variable(i).type, type.name());
      }
    }
  }
  std::unordered_map<std::string_view, btf::TypeId> ids;
  std::unordered_map<btf::TypeId, std::string_view> sections;
};

std::unexpected<Error> undefined(std::string_view name) {
  Error error(ErrorKind::bad_input,
              fmt::format("'{}' is declared, but the object does not define it", name));
  return std::unexpected(
      std::move(error).hint("define it, or mark what the kernel has with __ksym or __kconfig"));
}

Result<void> read_kconfig(const Btf& types, const btf::Type& declared, ExternSpec& out) {
  if (!declared.is(btf::Kind::var)) {
    return fail(ErrorKind::unsupported, "'{}' is a function: __kconfig has only variables",
                out.name);
  }
  out.kind = ExternSpec::Kind::kconfig;
  out.type = declared.target();
  if (kconfig_kind(types, out.type) == KconfigKind::none) {
    Error error(ErrorKind::unsupported,
                fmt::format("'{}' is a {}: no value of the kernel's configuration fits it",
                            out.name, types.c_name(out.type)));
    return std::unexpected(std::move(error).hint(
        "a configuration value is a bool, an enum libbpf_tristate, a char, an integer of 1, 2, 4 "
        "or 8 bytes, or an array of char"));
  }
  SKEP_TRY(out.size, types.size_of(out.type));
  return {};
}

void read_ksym(const Btf& types, const btf::Type& declared, ExternSpec& out) {
  out.type = declared.target();
  if (declared.is(btf::Kind::func)) {
    out.kind = ExternSpec::Kind::function;
    return;
  }
  const auto stripped = types.strip(out.type);
  out.kind = stripped.id() == 0 ? ExternSpec::Kind::address : ExternSpec::Kind::variable;
  out.type = stripped.id();
}

Result<ExternSpec> read_extern(const Btf& types, const Declarations& declarations,
                               const elf::Symbol& symbol) {
  const auto id = declarations.ids.find(symbol.name);
  if (id == declarations.ids.end()) return undefined(symbol.name);
  const auto declared = types.type(id->second);
  const auto section = declarations.sections.find(declared.id());
  if (declared.linkage() != btf::Linkage::extern_ || section == declarations.sections.end()) {
    return undefined(symbol.name);
  }
  ExternSpec out;
  out.name = symbol.name;
  out.weak = symbol.binding == elf::Binding::weak;
  if (section->second == ".kconfig") {
    SKEP_CHECK(read_kconfig(types, declared, out));
  } else if (section->second == ".ksyms") {
    read_ksym(types, declared, out);
  } else {
    return undefined(symbol.name);
  }
  return out;
}

// Large alignments first, so that no holes are left but before texts.
Result<void> lay_out(const Btf& types, std::vector<ExternSpec>& externs) {
  struct Key {
    bool is_ksym;
    std::int64_t minus_alignment;
    std::uint32_t size;
    std::string_view name;
    auto operator<=>(const Key&) const = default;
  };
  std::vector<std::pair<Key, std::size_t>> order;
  for (std::size_t i = 0; i < externs.size(); ++i) {
    const auto& item = externs[i];
    Key key{item.kind != ExternSpec::Kind::kconfig, 0, item.size, item.name};
    if (!key.is_ksym) {
      SKEP_TRY(const auto alignment, types.align_of(item.type));
      key.minus_alignment = -std::int64_t{alignment};
    }
    order.emplace_back(key, i);
  }
  std::ranges::sort(order);
  std::vector<ExternSpec> sorted;
  std::uint64_t end = 0;
  for (const auto& [key, index] : order) {
    auto item = externs[index];
    if (!key.is_ksym) {
      const auto offset = round_up(end, static_cast<std::uint64_t>(-key.minus_alignment));
      end = offset + item.size;
      if (end > max_data_section_bytes) {
        return fail(ErrorKind::limit, "section .kconfig: more than {} bytes of variables",
                    max_data_section_bytes);
      }
      item.offset = static_cast<std::uint32_t>(offset);
    }
    sorted.push_back(std::move(item));
  }
  externs = std::move(sorted);
  return {};
}

}  // namespace

bool is_extern(const elf::Symbol& symbol) noexcept {
  return symbol.section == elf::section_undefined && symbol.type == elf::SymbolType::none &&
         symbol.binding != elf::Binding::local && !symbol.name.empty();
}

Result<std::vector<ExternSpec>> read_externs(const elf::File& file, const Btf& types) {
  std::vector<ExternSpec> externs;
  if (std::ranges::none_of(file.symbols, is_extern)) return externs;
  const Declarations declarations(types);
  for (const auto& symbol : file.symbols) {
    if (!is_extern(symbol)) continue;
    SKEP_TRY(auto item, read_extern(types, declarations, symbol));
    externs.push_back(std::move(item));
  }
  SKEP_CHECK(lay_out(types, externs));
  return externs;
}

KconfigKind kconfig_kind(const Btf& types, btf::TypeId id) noexcept {
  const auto type = types.strip(id);
  const auto size = type.size();
  switch (type.kind()) {
    case btf::Kind::int_:
      if (type.is_bool()) return size == 1 ? KconfigKind::boolean : KconfigKind::none;
      if (size == 1) return KconfigKind::character;
      return size == 2 || size == 4 || size == 8 ? KconfigKind::integer : KconfigKind::none;
    case btf::Kind::enum_:
    case btf::Kind::enum64: {
      const bool fits = type.is(btf::Kind::enum_) ? size == 4 : size >= 4;
      return fits && type.name() == "libbpf_tristate" ? KconfigKind::tristate : KconfigKind::none;
    }
    case btf::Kind::array: {
      const auto element = types.strip(type.target());
      const bool is_text = type.array_count() > 0 && element.is(btf::Kind::int_) &&
                           !element.is_bool() && element.size() == 1;
      return is_text ? KconfigKind::text : KconfigKind::none;
    }
    default:
      return KconfigKind::none;
  }
}

}  // namespace skep::object
