// object/core_path.hpp: what a CO-RE relocation refers to in one set of types: "0:1:2" of struct x
// is x.pid, bit 64.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "btf/ext.hpp"
#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::object {

// One step that means something: a member with a name, or an array element. Anonymous structs and
// unions on the way are left out; they may differ between kernels.
struct CoreStep {
  btf::TypeId type = 0;     // a member: of the struct that has it; an element: the element's
  std::uint32_t index = 0;  // of the member, the element or the enumerator
  std::string_view name;    // empty for an element

  [[nodiscard]] bool is_member() const noexcept { return !name.empty(); }
};

struct CorePath {
  btf::TypeId root = 0;
  std::vector<std::uint32_t> indices;  // every one, as in the access string
  std::vector<CoreStep> steps;         // empty for a relocation of a whole type
  std::uint64_t bit_offset = 0;
};

inline constexpr std::size_t longest_core_path = 64;  // BPF_CORE_SPEC_MAX_LEN of the reference

[[nodiscard]] constexpr btf::CoreKind kind_of(const CoreRelocation& relocation) noexcept {
  return static_cast<btf::CoreKind>(relocation.kind);
}
[[nodiscard]] bool is_field_kind(btf::CoreKind kind) noexcept;
[[nodiscard]] bool is_type_kind(btf::CoreKind kind) noexcept;
[[nodiscard]] bool is_enumerator_kind(btf::CoreKind kind) noexcept;
// "byte_off", "type_exists" … as libbpf's log has them.
[[nodiscard]] std::string_view name_of(btf::CoreKind kind) noexcept;

// The path of a relocation in the types that it was compiled with. Errors: bad_input.
[[nodiscard]] Result<CorePath> read_core_path(const Btf& types, const CoreRelocation& relocation);

// An array without a length at the end of the struct that `step` is a member of: any index is in
// it.
[[nodiscard]] bool is_flexible_array(const Btf& types, const CoreStep& step,
                                     const btf::Type& array) noexcept;

// "struct task_struct.pid (0:23 @ offset 1234)", "enum e::value = 3", "struct x".
[[nodiscard]] std::string describe(const Btf& types, btf::CoreKind kind, const CorePath& path);

// The same for later: words cost more than the relocation, and only messages ask for them.
class CoreText {
 public:
  CoreText() noexcept = default;  // of nothing: empty
  CoreText(const Btf& types, btf::CoreKind kind, CorePath path)
      : of_(std::make_shared<const Of>(types, kind, std::move(path))) {}

  [[nodiscard]] std::string text() const {
    return of_ ? describe(of_->types, of_->kind, of_->path) : std::string();
  }

 private:
  struct Of {
    Btf types;
    btf::CoreKind kind;
    CorePath path;
  };
  std::shared_ptr<const Of> of_;
};

}  // namespace skep::object
