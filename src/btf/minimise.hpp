// btf/minimise.hpp: the part of a set of types that somebody asks for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// Collects what is wanted. What a wanted type refers to comes along: pointers, qualifiers,
// elements, prototypes; of a struct or enum only name and size, unless its parts are asked for,
// too.
class Selection {
 public:
  // Borrows `types`. Precondition: not split.
  explicit Selection(const Btf& types);

  [[nodiscard]] const Btf& types() const noexcept { return types_; }

  // Preconditions: types().contains(id); the type has that part.
  void add(TypeId id);
  // A member or enumerator of it.
  void add_part(TypeId id, std::uint32_t index);
  // All parts of it and of what it embeds, but of structs behind pointers the name only: what
  // bpf_core_type_matches looks at.
  void add_whole(TypeId id);
  // Somebody asks for the number of a type: each keeps its own. The gaps are filled with nameless
  // pointers, 12 bytes each.
  void keep_ids() noexcept { keeps_ids_ = true; }
  [[nodiscard]] bool keeps_ids() const noexcept { return keeps_ids_; }

  // As Btf::parse takes it: the wanted types in their order.
  [[nodiscard]] std::vector<std::byte> build() const;

 private:
  // How much of a type is wanted, the larger including the smaller.
  enum class Extent : std::uint8_t { nothing, named, enumerators, whole };
  struct Wish {
    TypeId id;
    Extent extent;
  };

  void grow(TypeId id, Extent extent);
  void follow(const Type& type, Extent extent, std::vector<Wish>& open);
  void want_part(const Type& type, std::uint32_t index);
  [[nodiscard]] bool wants_part(TypeId id, std::uint32_t index) const noexcept;

  const Btf& types_;
  std::vector<Extent> extents_;            // by id
  std::vector<std::uint32_t> first_part_;  // by id: where its bits begin in parts_, + 1
  std::vector<bool> parts_;
  bool keeps_ids_ = false;
};

}  // namespace skep::btf
