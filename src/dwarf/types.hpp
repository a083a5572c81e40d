// dwarf/types.hpp: types of DWARF as BTF.
#pragma once

#include <elfutils/libdw.h>

#include <map>
#include <optional>
#include <string>

#include "btf/encode.hpp"
#include "skep/result.hpp"

namespace skep::dwarf {

// Collects types with all that they hold; each once. Pointers are to void: what lies behind one is
// not part of a value.
class Types {
 public:
  // Nothing when it is of a kind that C programs for BPF do not have, or goes round.
  std::optional<btf::TypeId> add(Dwarf_Die* die);
  [[nodiscard]] Result<Btf> build() const;

 private:
  struct Text;
  std::optional<btf::TypeId> add(Dwarf_Die* die, int depth);
  std::optional<btf::TypeId> add_base(Dwarf_Die* die);
  std::optional<btf::TypeId> add_composite(Dwarf_Die* die, int depth);
  std::optional<btf::TypeId> add_array(Dwarf_Die* die, int depth);
  std::optional<btf::TypeId> add_enum(Dwarf_Die* die);
  std::optional<btf::TypeId> add_modifier(Dwarf_Die* die, btf::Kind kind, int depth);
  std::optional<btf::TypeId> target_of(Dwarf_Die* die, int depth);
  btf::TypeId index_type();

  btf::Encoder encoder_;
  std::map<Dwarf_Off, std::optional<btf::TypeId>> known_;
  btf::TypeId index_ = 0;  // of arrays; 0: not there yet
};

}  // namespace skep::dwarf
