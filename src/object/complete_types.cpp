#include "object/complete_types.hpp"

#include <limits>
#include <unordered_map>

#include "base/error.hpp"
#include "object/complete_externs.hpp"
#include "object/raw_types.hpp"
#include "object/sort.hpp"

namespace skep::object {
namespace {

using SectionsByName = std::unordered_map<std::string_view, const elf::Section*>;
using SymbolsByName = std::unordered_map<std::string_view, const elf::Symbol*>;

bool is_hidden(const elf::Symbol& symbol) {
  return symbol.visibility == elf::Visibility::hidden ||
         symbol.visibility == elf::Visibility::internal;
}

// The first of each name, as the oracle looks them up.
SymbolsByName global_objects(const elf::File& file) {
  SymbolsByName symbols;
  for (const auto& symbol : file.symbols) {
    if (symbol.type != elf::SymbolType::object || symbol.binding == elf::Binding::local) continue;
    symbols.emplace(symbol.name, &symbol);
  }
  return symbols;
}

SectionsByName sections_of(const elf::File& file) {
  SectionsByName sections;
  for (const auto& section : file.sections) sections.emplace(section.name, &section);
  return sections;
}

// struct btf_var_secinfo.
struct Place {
  std::uint32_t type, offset, size;
};

class Completion {
 public:
  Completion(const elf::File& file, RawTypes& types)
      : file_(file), types_(types), sections_(sections_of(file)), objects_(global_objects(file)) {}

  Result<void> run() {
    for (btf::TypeId id = 1; id < types_.end_id(); ++id) {
      if (types_.kind(id) == btf::Kind::datasec) SKEP_CHECK(complete_section(id));
    }
    make_hidden_functions_static();
    return {};
  }

 private:
  // The linker (bpftool gen object) sets sizes and offsets itself: a section that has a size keeps
  // them. Those of externs are no places in the file: complete_externs() has set them.
  Result<void> complete_section(btf::TypeId id) {
    const auto name = types_.name(id);
    const bool has_bytes = name != ".kconfig" && name != ".ksyms";
    const bool open = has_bytes && types_.word(id, word_size) == 0;
    if (open) {
      const auto found = sections_.find(name);
      const auto size = found == sections_.end() ? 0 : found->second->size;
      if (size == 0 || size > std::numeric_limits<std::uint32_t>::max()) {
        return fail(ErrorKind::bad_input, "BTF describes section {}, which the file lacks", name);
      }
      types_.set_word(id, word_size, static_cast<std::uint32_t>(size));
    }
    auto places = read_places(id);
    if (has_bytes) {
      for (auto& place : places) SKEP_CHECK(complete_variable(name, place, open));
    }
    sort_stably(places, &Place::offset);
    write_places(id, places);
    return {};
  }

  // Static variables' offsets are there already: their relocation is against the section.
  Result<void> complete_variable(std::string_view section, Place& place, bool open) {
    if (place.type == 0 || place.type >= types_.end_id() ||
        types_.kind(place.type) != btf::Kind::var) {
      return fail(ErrorKind::bad_input, "BTF of section {}: type {} is no variable", section,
                  place.type);
    }
    const auto linkage = static_cast<btf::Linkage>(types_.word(place.type, word_more));
    if (linkage != btf::Linkage::global) return {};
    const auto name = types_.name(place.type);
    const auto found = objects_.find(name);
    if (found == objects_.end()) {
      return fail(ErrorKind::bad_input, "BTF of section {} names '{}', which is no symbol", section,
                  name);
    }
    if (open) place.offset = static_cast<std::uint32_t>(found->second->value);
    if (is_hidden(*found->second)) {
      types_.set_word(place.type, word_more, static_cast<std::uint32_t>(btf::Linkage::static_));
    }
    return {};
  }

  [[nodiscard]] std::vector<Place> read_places(btf::TypeId id) const {
    std::vector<Place> places;
    for (std::uint32_t i = 0; i < types_.vlen(id); ++i) {
      const auto first = word_more + 3 * i;
      places.push_back(
          {types_.word(id, first), types_.word(id, first + 1), types_.word(id, first + 2)});
    }
    return places;
  }

  void write_places(btf::TypeId id, const std::vector<Place>& places) {
    auto word = word_more;
    for (const auto& place : places) {
      types_.set_word(id, word++, place.type);
      types_.set_word(id, word++, place.offset);
      types_.set_word(id, word++, place.size);
    }
  }

  // A global function is verified by itself, with nothing known of its arguments. Hidden ones are
  // meant to be verified with their callers, as static ones are.
  void make_hidden_functions_static() {
    const auto* text = file_.find(".text");
    if (text == nullptr) return;
    std::unordered_map<std::string_view, std::uint32_t> hidden;
    for (const auto& symbol : file_.symbols) {
      const bool is_subprogram =
          symbol.type == elf::SymbolType::function && symbol.section == text->index;
      if (!is_subprogram || symbol.binding == elf::Binding::local || !is_hidden(symbol)) continue;
      ++hidden[symbol.name];
    }
    if (hidden.empty()) return;
    for (btf::TypeId id = 1; id < types_.end_id(); ++id) {
      if (types_.kind(id) != btf::Kind::func) continue;
      if (static_cast<btf::Linkage>(types_.vlen(id)) != btf::Linkage::global) continue;
      const auto found = hidden.find(types_.name(id));
      if (found == hidden.end() || found->second == 0) continue;
      --found->second;
      types_.set_word(id, word_info, static_cast<std::uint32_t>(btf::Kind::func) << 24);
    }
  }

  const elf::File& file_;
  RawTypes& types_;
  SectionsByName sections_;
  SymbolsByName objects_;
};

}  // namespace

Result<std::vector<std::byte>> complete_types(const elf::File& file, Bytes types,
                                              std::span<const ExternSpec> externs) {
  std::vector<std::byte> bytes(types.begin(), types.end());
  auto raw = RawTypes::find(bytes);
  if (!raw) return bytes;
  SKEP_CHECK(complete_externs(*raw, bytes, externs));
  raw = RawTypes::find(bytes);  // there may be a type more
  SKEP_CHECK(Completion(file, *raw).run());
  return bytes;
}

}  // namespace skep::object
