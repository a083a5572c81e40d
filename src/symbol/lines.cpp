#include "symbol/lines.hpp"

#include <dwarf.h>

#include <algorithm>
#include <cstdlib>

namespace skep::symbol {
namespace {

constexpr int most_units = 1 << 20, most_ranges = 1 << 22;

struct Free {
  void operator()(Dwarf_Die* dies) const noexcept { std::free(dies); }
};

// The first of the attributes that there is, also where a declaration or an abstract function has
// it.
std::string text_of(Dwarf_Die* die, std::initializer_list<unsigned> attributes) {
  for (const unsigned name : attributes) {
    Dwarf_Attribute attribute;
    const char* text = dwarf_formstring(dwarf_attr_integrate(die, name, &attribute));
    if (text != nullptr) return text;
  }
  return {};
}

std::optional<std::uint64_t> number(Dwarf_Die* die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_formudata(dwarf_attr(die, name, &attribute), &value) != 0) return std::nullopt;
  return value;
}

// Where an inlined function was called.
void set_call_place(SourcePlace& place, Dwarf_Die* unit, Dwarf_Die* call) {
  place.line = static_cast<std::uint32_t>(number(call, DW_AT_call_line).value_or(0));
  const auto index = number(call, DW_AT_call_file);
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  place.file.clear();
  if (!index || dwarf_getsrcfiles(unit, &files, &count) != 0 || *index >= count) return;
  if (const char* file = dwarf_filesrc(files, *index, nullptr, nullptr)) place.file = file;
}

void set_line(SourcePlace& place, Dwarf_Die* unit, std::uint64_t address) {
  Dwarf_Line* line = dwarf_getsrc_die(unit, address);
  int number = 0;
  if (line == nullptr || dwarf_lineno(line, &number) != 0 || number < 0) return;
  place.line = static_cast<std::uint32_t>(number);
  if (const char* file = dwarf_linesrc(line, nullptr, nullptr)) place.file = file;
}

}  // namespace

std::optional<Lines> Lines::open(const elf::UserBinary& binary) {
  Dwarf* dwarf = dwarf_begin_elf(binary.handle(), DWARF_C_READ, nullptr);
  if (dwarf == nullptr) return std::nullopt;
  Lines out(dwarf);
  out.index_units();
  if (out.ranges_.empty()) return std::nullopt;
  return out;
}

// clang writes no .debug_aranges as a rule: each unit says itself which code it is of.
void Lines::index_units() {
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  for (int i = 0; i < most_units; ++i) {
    if (dwarf_get_units(dwarf_.get(), unit, &unit, nullptr, nullptr, &die, nullptr) != 0) break;
    Dwarf_Addr base = 0, low = 0, high = 0;
    std::ptrdiff_t at = 0;
    while (std::ssize(ranges_) < most_ranges &&
           (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0) {
      if (low < high && low != 0) ranges_.push_back({low, high, dwarf_dieoffset(&die)});
    }
  }
  std::ranges::sort(ranges_, {}, &Range::low);
}

std::vector<SourcePlace> Lines::find(std::uint64_t address) const {
  std::vector<SourcePlace> out;
  const auto after = std::ranges::upper_bound(ranges_, address, {}, &Range::low);
  if (after == ranges_.begin() || address >= (after - 1)->high) return out;
  Dwarf_Die unit;
  if (dwarf_offdie(dwarf_.get(), (after - 1)->unit, &unit) == nullptr) return out;
  SourcePlace place;
  set_line(place, &unit, address);

  // The scopes outside of an inlined function are those of its definition; its caller's come from
  // its own place in the tree.
  Dwarf_Die* list = nullptr;
  int count = dwarf_getscopes(&unit, address, &list);
  std::unique_ptr<Dwarf_Die, Free> scopes(count > 0 ? list : nullptr);
  if (count <= 0) return out;
  Dwarf_Die innermost = *scopes;
  count = dwarf_getscopes_die(&innermost, &list);
  scopes.reset(count > 0 ? list : nullptr);
  for (int i = 0; i < count; ++i) {
    Dwarf_Die* scope = scopes.get() + i;
    const int tag = dwarf_tag(scope);
    if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
    place.function = text_of(scope, {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name});
    if (tag == DW_TAG_subprogram) {
      Dwarf_Addr start = 0;
      if (dwarf_lowpc(scope, &start) == 0) place.start = start;
      out.push_back(std::move(place));
      break;
    }
    out.push_back(place);
    set_call_place(place, &unit, scope);
  }
  return out;
}

}  // namespace skep::symbol
