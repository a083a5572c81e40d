#include "object/externs.hpp"

#include "base/error.hpp"

namespace skep::object {
namespace {

bool is_extern(const elf::Symbol& symbol) {
  return symbol.section == elf::section_undefined && symbol.type == elf::SymbolType::none &&
         symbol.binding != elf::Binding::local && !symbol.name.empty();
}

bool is_in_section(const Btf& types, std::string_view section, std::string_view name) {
  const auto found = types.find(section, btf::Kind::datasec);
  if (!found) return false;
  for (std::uint32_t i = 0; i < found->vlen(); ++i) {
    if (types.type(found->variable(i).type).name() == name) return true;
  }
  return false;
}

// What the extern asks for; nullptr when no section (__ksym, __kconfig) claims it.
const char* describe(const Btf& types, std::string_view name) {
  if (is_in_section(types, ".kconfig", name)) return "a kernel configuration value (__kconfig)";
  if (!is_in_section(types, ".ksyms", name)) return nullptr;
  return types.find(name, btf::Kind::func) ? "a kernel function (kfunc)"
                                           : "a kernel variable (__ksym)";
}

}  // namespace

Result<void> refuse_externs(const Source& source) {
  for (const auto& symbol : source.file.symbols) {
    if (!is_extern(symbol)) continue;
    if (const auto* what = describe(source.types, symbol.name)) {
      return fail(ErrorKind::unsupported, "'{}' is {}: skep cannot resolve these yet", symbol.name,
                  what);
    }
    Error error(ErrorKind::bad_input,
                fmt::format("'{}' is declared, but the object does not define it", symbol.name));
    return std::unexpected(
        std::move(error).hint("define it, or mark what the kernel has with __ksym or __kconfig"));
  }
  return {};
}

}  // namespace skep::object
