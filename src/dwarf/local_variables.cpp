#include "dwarf/local_variables.hpp"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <libelf.h>

#include <memory>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "dwarf/types.hpp"

namespace skep::dwarf {
namespace {

constexpr int most_depth = 64;  // blocks in blocks; deeper ones are not looked into

struct EndElf {
  void operator()(Elf* elf) const noexcept { elf_end(elf); }
};
struct EndDwarf {
  void operator()(Dwarf* dwarf) const noexcept { dwarf_end(dwarf); }
};

std::string name_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  const char* text = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
  return text == nullptr ? "" : text;
}

// A struct or union, and how it was reached; or a number.
struct Pointee {
  Dwarf_Die die;    // the struct
  Dwarf_Die named;  // the same, or the typedef that names it
  bool by_pointer = false;
  bool is_number = false;
};

// Whether its last member is an array without a length.
bool ends_open(Dwarf_Die* type) {
  Dwarf_Die member, element, range;
  if (dwarf_child(type, &member) != 0) return false;
  Dwarf_Die last = member;
  while (dwarf_siblingof(&member, &member) == 0) {
    if (dwarf_tag(&member) == DW_TAG_member) last = member;
  }
  Dwarf_Attribute attribute;
  if (dwarf_formref_die(dwarf_attr(&last, DW_AT_type, &attribute), &element) == nullptr) {
    return false;
  }
  if (dwarf_tag(&element) != DW_TAG_array_type || dwarf_child(&element, &range) != 0) return false;
  return !dwarf_hasattr(&range, DW_AT_count) && !dwarf_hasattr(&range, DW_AT_upper_bound);
}

std::optional<Pointee> find_type(Dwarf_Die* variable) {
  Dwarf_Attribute attribute;
  Pointee out;
  if (dwarf_formref_die(dwarf_attr_integrate(variable, DW_AT_type, &attribute), &out.die) ==
      nullptr) {
    return std::nullopt;
  }
  bool has_name = false;
  for (int steps = 0; steps < most_depth; ++steps) {
    switch (dwarf_tag(&out.die)) {
      case DW_TAG_structure_type:
      case DW_TAG_union_type:
        if (!has_name) out.named = out.die;
        return out;
      case DW_TAG_base_type:
      case DW_TAG_enumeration_type:
      case DW_TAG_array_type:
        if (out.by_pointer) return std::nullopt;
        if (!has_name) out.named = out.die;
        out.is_number = true;
        return out;
      case DW_TAG_pointer_type:
        if (std::exchange(out.by_pointer, true)) return std::nullopt;
        has_name = false;
        break;
      case DW_TAG_typedef:
        if (!std::exchange(has_name, true)) out.named = out.die;
        break;
      case DW_TAG_const_type:
      case DW_TAG_volatile_type:
      case DW_TAG_restrict_type:
        break;
      default:
        return std::nullopt;
    }
    if (dwarf_formref_die(dwarf_attr(&out.die, DW_AT_type, &attribute), &out.die) == nullptr) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool is_of_the_kernel(Dwarf_Die* type) {
  const char* file = dwarf_decl_file(type);
  return file != nullptr && std::string_view(file).ends_with("vmlinux.h");
}

class Reader {
 public:
  void read(Dwarf* dwarf) {
    Dwarf_Off offset = 0, next = 0;
    std::size_t header = 0;
    while (dwarf_nextcu(dwarf, offset, &next, &header, nullptr, nullptr, nullptr) == 0) {
      Dwarf_Die unit, die;
      if (dwarf_offdie(dwarf, offset + header, &unit) != nullptr && dwarf_child(&unit, &die) == 0) {
        do {
          if (dwarf_tag(&die) != DW_TAG_subprogram || !dwarf_hasattr(&die, DW_AT_low_pc)) continue;
          read_block(&die, name_of(&die), 0);
        } while (dwarf_siblingof(&die, &die) == 0);
      }
      if (next <= offset) return;
      offset = next;
    }
  }

  Result<btf::LocalVariables> finish() {
    SKEP_TRY(auto types, types_.build());
    return btf::LocalVariables{std::move(types), std::move(found_)};
  }

 private:
  void read_block(Dwarf_Die* block, const std::string& function, int depth) {
    Dwarf_Die die;
    if (depth > most_depth || dwarf_child(block, &die) != 0) return;
    do {
      switch (dwarf_tag(&die)) {
        case DW_TAG_variable:
        case DW_TAG_formal_parameter:
          read_variable(&die, function);
          break;
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
          read_block(&die, function, depth + 1);
          break;
        default:
          break;
      }
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  void read_variable(Dwarf_Die* die, const std::string& function) {
    auto found = find_type(die);
    if (!found || is_of_the_kernel(&found->die)) return;
    Dwarf_Word size = 0;
    if (dwarf_aggregate_size(&found->die, &size) != 0 || size == 0 || size > UINT32_MAX) return;
    const auto type = types_.add(&found->named);
    if (!type || !seen_.insert({function, found->by_pointer, *type}).second) return;
    found_.push_back({function, name_of(die), found->by_pointer, found->is_number, *type,
                      static_cast<std::uint32_t>(size),
                      !found->is_number && ends_open(&found->die)});
  }

  Types types_;
  std::vector<btf::LocalVariable> found_;
  std::set<std::tuple<std::string, bool, btf::TypeId>> seen_;
};

}  // namespace

Result<btf::LocalVariables> read_local_variables(std::span<const std::byte> object) {
  elf_version(EV_CURRENT);
  // Read only; libelf takes the bytes without const.
  auto* bytes = const_cast<char*>(reinterpret_cast<const char*>(object.data()));
  const std::unique_ptr<Elf, EndElf> elf(elf_memory(bytes, object.size()));
  if (elf == nullptr) return fail(ErrorKind::bad_input, "read DWARF: {}", elf_errmsg(-1));
  // Relocations of an object's DWARF add the addresses of sections, which are 0: what stands there
  // is right as it is.
  const std::unique_ptr<Dwarf, EndDwarf> dwarf(dwarf_begin_elf(elf.get(), DWARF_C_READ, nullptr));
  if (dwarf == nullptr) return btf::LocalVariables{};  // it has none
  Reader reader;
  reader.read(dwarf.get());
  return reader.finish();
}

}  // namespace skep::dwarf
