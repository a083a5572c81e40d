// object/core_types.hpp: are a local type and one of the target the same, for the purposes of
// CO-RE?
#pragma once

#include <cstdint>

#include "skep/btf.hpp"

namespace skep::object {

// The same kind, where every enum is like every other.
[[nodiscard]] bool same_kind(const btf::Type& a, const btf::Type& b) noexcept;
// Both names up to their flavours; two types without a name are alike.
[[nodiscard]] bool same_essential_name(std::string_view a, std::string_view b) noexcept;

// Compares types of two sets. One object serves one question: it counts its steps, because types
// that nest or repeat without end would take forever.
class TypeComparison {
 public:
  TypeComparison(const Btf& local, const Btf& target) : local_(local), target_(target) {}

  // May a field of the one type be read as a field of the other? Sizes and signs may differ.
  [[nodiscard]] Result<bool> fields_compatible(btf::TypeId local, btf::TypeId target);
  // bpf_core_type_exists: the same shape; members do not count.
  [[nodiscard]] Result<bool> compatible(btf::TypeId local, btf::TypeId target);
  // bpf_core_type_matches: whatever the local type has, the target has alike.
  [[nodiscard]] Result<bool> matches(btf::TypeId local, btf::TypeId target);

 private:
  [[nodiscard]] Result<bool> compatible(btf::TypeId local, btf::TypeId target, int levels);
  [[nodiscard]] Result<bool> prototypes_compatible(const btf::Type& local, const btf::Type& target,
                                                   int levels);
  [[nodiscard]] Result<bool> matches(btf::TypeId local, btf::TypeId target, bool behind_pointer,
                                     int levels);
  [[nodiscard]] Result<bool> enums_match(const btf::Type& local, const btf::Type& target);
  [[nodiscard]] Result<bool> composites_match(const btf::Type& local, const btf::Type& target,
                                              bool behind_pointer, int levels);
  [[nodiscard]] Result<bool> prototypes_match(const btf::Type& local, const btf::Type& target,
                                              bool behind_pointer, int levels);
  [[nodiscard]] Result<void> count_step();

  const Btf& local_;
  const Btf& target_;
  std::uint32_t steps_ = 0;
};

}  // namespace skep::object
