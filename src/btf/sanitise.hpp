// btf/sanitise.hpp: an object's BTF for a kernel that knows less of BTF than the compiler.
#pragma once

#include <string>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// What came after the first kinds (kernel 4.18), with the kernel that brought it.
struct Features {
  bool functions = true;               // FUNC and FUNC_PROTO: 5.0
  bool sections = true;                // VAR and DATASEC: 5.2
  bool global_functions = true;        // a FUNC's linkage: 5.6
  bool floats = true;                  // FLOAT: 5.13
  bool decl_tags = true;               // DECL_TAG: 5.16
  bool type_tags = true;               // TYPE_TAG: 5.17
  bool enum64 = true;                  // ENUM64, and signed enums: 6.0
  bool question_mark_sections = true;  // "?.struct_ops" as a DATASEC's name: 6.9

  friend bool operator==(const Features&, const Features&) = default;
};

// Which of them `types` makes use of; true: it does.
[[nodiscard]] Features features_used(const Btf& types);

// "FLOAT, ENUM64": those that are false; for messages.
[[nodiscard]] std::string names_of_missing(const Features& known);

// The same types, under the same ids, told with what is known, the way libbpf 1.5 tells them
// (bpf_object__sanitize_btf): sizes and names stay, so that maps and line info may refer to them.
// Precondition: not split.
[[nodiscard]] std::vector<std::byte> sanitise(const Btf& types, const Features& known);

// A small set of types that a kernel takes exactly when it knows the feature.
[[nodiscard]] std::vector<std::byte> probe_of(bool Features::* feature);

// All of them, the ones first that others build on.
inline constexpr bool Features::* all_features[] = {
    &Features::functions,        &Features::sections,
    &Features::global_functions, &Features::floats,
    &Features::decl_tags,        &Features::type_tags,
    &Features::enum64,           &Features::question_mark_sections,
};

}  // namespace skep::btf
