// btf/names.hpp: the names that types get in C. C has one name space for tags (struct, union,
// enum) and one for ordinary identifiers (typedefs, enumerators); BTF has neither, and may hold
// several types of one name. The first keeps it, the others become "name___2", "name___3": the
// flavours that CO-RE ignores (Documentation/bpf/llvm_reloc.rst), as bpftool names them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// `name` as a C identifier: what cannot stand in one becomes '_', a keyword gets one at its end.
[[nodiscard]] std::string identifier(std::string_view name);

// Has C for the BPF target a type of that name and size? Otherwise (gcc's "ssizetype", arm's
// "__Poly8_t", Rust's "u32", x86's long double) a typedef must stand in for it:
[[nodiscard]] bool is_c_scalar(const Type& type);
// The declaration that follows "typedef": "long ssizetype".
[[nodiscard]] std::string equivalent_scalar(const Type& type, std::string_view name);

class Names {
 public:
  // Every type under its own name, however often it occurs: for printing a single type.
  Names() = default;
  // Unique names for all types of `types`.
  explicit Names(const Btf& types);

  // Of a struct, union, enum, forward, typedef, integer or float.
  [[nodiscard]] std::string of(const Type& type) const;

  // Of an enumerator that is about to be printed.
  [[nodiscard]] std::string enumerator(std::string_view name);

 private:
  using Counts = std::unordered_map<std::string, std::uint32_t>;

  static std::string claim(Counts& taken, const std::string& name);
  void give(Counts& taken, const Type& type);
  void give_forwards(const Btf& types, Counts& tags,
                     const std::unordered_map<std::string_view, Kind>& owners);

  bool unique_ = false;
  Counts ordinary_;                                // identifiers given out so far
  std::unordered_map<TypeId, std::string> other_;  // only those that differ from the type's name
};

}  // namespace skep::btf
