#include "object/resolve.hpp"

#include <algorithm>
#include <limits>

#include "base/error.hpp"
#include "base/text.hpp"
#include "isa/opcode.hpp"
#include "object/complete_externs.hpp"
#include "object/core.hpp"
#include "object/core_types.hpp"

namespace skep::object {
namespace {

using Kind = ExternSpec::Kind;

bool has_type(const ExternSpec& item) {
  return item.kind == Kind::variable || item.kind == Kind::function;
}

btf::Kind kind_of(const ExternSpec& item) {
  return item.kind == Kind::function ? btf::Kind::func : btf::Kind::var;
}

std::string_view kernel_name_of(const ExternSpec& item) {
  return item.kind == Kind::function ? essential_name(item.name) : item.name;
}

class Resolver {
 public:
  Resolver(const ObjectSpec& spec, const Target& target, TargetNames& names)
      : spec_(spec), target_(target), names_(names) {}

  Result<ResolvedExterns> run() {
    for (const auto& item : spec_.externs) {
      ResolvedExtern found;
      if (item.kind == Kind::address) {
        SKEP_TRY(found, find_address(item));
      } else if (has_type(item)) {
        SKEP_TRY(found, find_type(item));
      }
      if (found.module && item.kind == Kind::function) {
        SKEP_TRY(found.fd_index, fd_index_of(*found.module));
      }
      out_.list.push_back(found);
    }
    return std::move(out_);
  }

 private:
  Result<ResolvedExtern> find_address(const ExternSpec& item) const {
    ResolvedExtern found{.is_found = !target_.are_symbols_known};
    for (const auto& symbol : target_.symbols) {
      if (symbol.name != item.name) continue;
      if (found.is_found && found.address != symbol.address) {
        return fail(ErrorKind::unsupported,
                    "the kernel has several symbols '{}': at {:#x} and {:#x}", item.name,
                    found.address, symbol.address);
      }
      found.is_found = true;
      found.address = symbol.address;
    }
    if (found.is_found || item.weak) return found;
    Error error(ErrorKind::not_found,
                fmt::format("the kernel has no symbol '{}' in /proc/kallsyms", item.name));
    return std::unexpected(std::move(error).hint("declared __weak its address is 0 then"));
  }

  Result<ResolvedExtern> find_type(const ExternSpec& item) {
    if (names_.kernel_types() == nullptr) {
      return fail(ErrorKind::unsupported,
                  "'{}' is found by its type, and the types of the target kernel are not known",
                  item.name);
    }
    const auto found = names_.first(kernel_name_of(item), kind_of(item));
    if (!found) return missing(item);
    const auto declared = found->types->type(found->id).target();
    const auto type = item.kind == Kind::function ? declared : found->types->strip(declared).id();
    SKEP_TRY(const bool fits,
             TypeComparison(spec_.types, *found->types).compatible(item.type, type));
    if (!fits && item.weak && item.kind == Kind::function) return ResolvedExtern();
    if (!fits) return mismatch(item, *found, declared);
    return ResolvedExtern{.is_found = true, .type = found->id, .module = found->module};
  }

  Result<ResolvedExtern> missing(const ExternSpec& item) const {
    if (item.weak) return ResolvedExtern();
    const auto name = kernel_name_of(item);
    const auto* what = item.kind == Kind::function ? "function" : "variable";
    Error error(ErrorKind::not_found,
                fmt::format("the kernel's types have no {} '{}'", what, name));
    if (const auto near = nearest(name, names_.names_like(name, kind_of(item)))) {
      error = std::move(error).hint(fmt::format("did you mean '{}'?", *near));
    }
    if (item.kind == Kind::variable) {
      error = std::move(error).hint(fmt::format(
          "types are known of per-CPU variables only; the address of any other symbol is had by "
          "`extern const void {} __ksym`",
          name));
    }
    return std::unexpected(
        std::move(error).hint("declared __weak it may be missing: ask by bpf_ksym_exists()"));
  }

  // As C names it; parameters without a name were given one (complete_externs.hpp).
  [[nodiscard]] std::string declaration_of(const ExternSpec& item) const {
    const auto made_up = fmt::format(" {}", stand_in_name);
    auto text = spec_.types.c_name(item.type);
    for (auto at = text.find(made_up); at != std::string::npos; at = text.find(made_up, at)) {
      text.erase(at, made_up.size());
    }
    return text;
  }

  [[nodiscard]] std::unexpected<Error> mismatch(const ExternSpec& item, const TargetType& found,
                                                btf::TypeId declared) const {
    return fail(ErrorKind::invalid_argument, "'{}' is declared as {}, and {} has it as {}",
                item.name, declaration_of(item),
                found.module ? "module " + target_.modules[*found.module].name : "the kernel",
                found.types->c_name(declared));
  }

  // In the order of their first use.
  Result<std::int16_t> fd_index_of(std::uint32_t module) {
    auto& modules = out_.fd_modules;
    auto at = std::ranges::find(modules, module);
    if (at == modules.end()) {
      if (modules.size() + 1 >= std::numeric_limits<std::int16_t>::max()) {
        return fail(ErrorKind::limit, "functions of more than {} modules", modules.size());
      }
      at = modules.insert(at, module);
    }
    return static_cast<std::int16_t>(at - modules.begin() + 1);
  }

  const ObjectSpec& spec_;
  const Target& target_;
  TargetNames& names_;
  ResolvedExterns out_;
};

// A call of what is not there becomes a call that the verifier refuses, unless the program never
// gets to it.
void write_call(const ResolvedExtern& found, std::uint32_t index, Insn& insn) {
  if (!found.is_found) {
    insn = Insn{.code = isa::code_call, .imm = poison_kfunc + static_cast<std::int32_t>(index)};
    return;
  }
  insn.set_src(isa::pseudo_kfunc_call);
  insn.imm = static_cast<std::int32_t>(found.type);
  insn.off = found.fd_index;
}

// A type, or an address, which is 0 for what is not there.
void write_address(const ResolvedExtern& found, std::uint32_t at, LinkedProgram& program) {
  auto& first = program.instructions[at];
  auto& second = program.instructions[at + 1];
  if (found.type == 0) {
    first.imm = static_cast<std::int32_t>(found.address);
    second.imm = static_cast<std::int32_t>(found.address >> 32);
    return;
  }
  first.set_src(isa::pseudo_btf_id);
  first.imm = static_cast<std::int32_t>(found.type);
  second.imm = 0;
  if (found.module) program.modules.push_back({at, *found.module});
}

}  // namespace

void want_externs(const ObjectSpec& spec, TargetNames& names) {
  for (const auto& item : spec.externs) {
    if (has_type(item)) names.want_first(kernel_name_of(item), kind_of(item));
  }
}

Result<ResolvedExterns> resolve_externs(const ObjectSpec& spec, const Target& target,
                                        TargetNames& names) {
  return Resolver(spec, target, names).run();
}

void apply_externs(const FunctionSpec& function, const ResolvedExterns& externs,
                   std::uint32_t position, LinkedProgram& program) {
  for (const auto& relocation : function.relocations) {
    if (relocation.kind != Relocation::Kind::extern_call &&
        relocation.kind != Relocation::Kind::extern_value) {
      continue;
    }
    const auto at = position + relocation.instruction;
    const auto& found = externs.list[relocation.target];
    if (relocation.kind == Relocation::Kind::extern_call) {
      write_call(found, relocation.target, program.instructions[at]);
    } else {
      write_address(found, at, program);
    }
  }
}

}  // namespace skep::object
