// object/core.hpp: the CO-RE engine: one relocation, one answer.
//
// A local type and access path (what the program was compiled against) are matched with the types
// of the target; the answer is the number to write into the instruction. The rules are LLVM's and
// libbpf's (Documentation/bpf/llvm_reloc.rst, tools/lib/bpf/relo_core.c as the reference to agree
// with).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "btf/flavour.hpp"
#include "object/core_path.hpp"
#include "skep/btf.hpp"
#include "skep/insn.hpp"
#include "skep/spec.hpp"

namespace skep::object {

using btf::essential_name;

class TargetNames;    // object/target_names.hpp
struct TargetModule;  // object/target.hpp

struct CoreAnswer {
  std::optional<std::uint64_t> value;  // nothing: the path does not exist there; poison it
  // What the compiler wrote, to check the instruction; nothing where it may differ.
  std::optional<std::uint64_t> local_value;
  bool fail_on_local_size_mismatch = false;       // a load or store must not be resized
  std::uint32_t local_size = 0, target_size = 0;  // field sizes, for loads that must be resized
  CoreText local, target;                         // for messages
};

// Answers relocations of one object against one target; remembers candidates between calls. Like
// the reference it narrows the candidates of a type as paths rule some out, so the order of the
// questions counts: that of the file.
class CoreEngine {
 public:
  // Borrows all.
  CoreEngine(const Btf& local, const Btf* target,
             const std::vector<TargetModule>* modules = nullptr);
  ~CoreEngine();
  CoreEngine(CoreEngine&&) noexcept;
  CoreEngine& operator=(CoreEngine&&) noexcept;
  CoreEngine(const CoreEngine&) = delete;
  CoreEngine& operator=(const CoreEngine&) = delete;

  // Says beforehand what will be asked: the candidates of all of it are found in one pass over the
  // target's types, the first time that an answer needs them.
  void expect(const CoreRelocation& relocation);

  // The same pass finds what others want to know of the target.
  [[nodiscard]] TargetNames& names() noexcept;

  // Errors: bad_input for a malformed access path; unsupported when candidates disagree, or when
  // the target's types are not known.
  [[nodiscard]] Result<CoreAnswer> answer(const CoreRelocation& relocation);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes the answer into instruction `index` (two slots for lddw), or poisons it. Errors: bad_input
// for an instruction that cannot hold the answer or holds something else than the compiler wrote.
[[nodiscard]] Result<void> apply_core(std::vector<Insn>& code, std::uint32_t index,
                                      const CoreRelocation& relocation, const CoreAnswer& answer);

}  // namespace skep::object
