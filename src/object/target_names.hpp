// object/target_names.hpp: names among the types of a kernel and of its modules.
//
// Modules are looked at only for what the kernel itself does not have, as libbpf does: nearly
// always that is nothing, and then their types need not even be read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "object/name_search.hpp"
#include "object/target.hpp"

namespace skep::object {

struct TargetType {
  const Btf* types = nullptr;           // the kernel's or the module's
  std::optional<std::uint32_t> module;  // index into Target::modules
  btf::TypeId id = 0;
};

class TargetNames {
 public:
  // Borrows both; either may be nullptr. Modules may be added to the list until they are asked for.
  TargetNames(const Btf* types, const std::vector<TargetModule>* modules)
      : types_(types), modules_(modules) {}

  [[nodiscard]] const Btf* kernel_types() const noexcept { return types_; }

  // Every type with that essential name and kind (an enum of any width is an enum).
  void want_all(std::string_view name, btf::Kind kind);
  // The first type with exactly that name and kind; with `module`, in that one only.
  void want_first(std::string_view name, btf::Kind kind, std::string_view module = {});

  // Looks in the kernel's types for all that is wanted, if they are known. The functions below do
  // it themselves.
  void run();
  // What the kernel's types do not have.
  [[nodiscard]] ModuleNeeds needs_modules();

  // Precondition: wanted. The kernel's, if it has any, else those of the modules; in ascending
  // order.
  [[nodiscard]] std::vector<TargetType> all(std::string_view name, btf::Kind kind);
  [[nodiscard]] std::optional<TargetType> first(std::string_view name, btf::Kind kind,
                                                std::string_view module = {});

  // Names like this one, for messages: of that kind, with the same first letters and about as long.
  // Only what follows the first `prefix` characters is given.
  [[nodiscard]] std::vector<std::string> names_like(std::string_view name, btf::Kind kind,
                                                    std::size_t prefix = 0) const;

 private:
  struct Wanted {
    std::string name;
    btf::Kind kind;
    bool all;
  };
  template <typename Fits>
  [[nodiscard]] std::vector<TargetType> in_modules(std::string_view module, Fits fits) const;

  const Btf* types_;
  const std::vector<TargetModule>* modules_;
  NameSearch search_;
  std::vector<Wanted> wanted_;
  std::vector<std::string> named_modules_;
};

}  // namespace skep::object
