// object/name_search.hpp: many names looked for among a kernel's types, in one pass.
//
// A kernel has more than a hundred thousand types, an object some dozen names to find there:
// candidates for CO-RE, and what its programs attach to. Where the types have an index
// (btf/index.hpp), it is asked instead.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skep/btf.hpp"

namespace skep::object {

class NameSearch {
 public:
  // Every type with that essential name and kind (an enum of any width is an enum).
  void want_all(std::string_view name, btf::Kind kind);
  // The first type with exactly that name and kind.
  void want_first(std::string_view name, btf::Kind kind);

  // Looks for everything that was wanted since the last pass. `types` is always the same.
  void run(const Btf& types);

  // Preconditions: wanted, and run() since. Ids in ascending order.
  [[nodiscard]] const std::vector<btf::TypeId>& all(std::string_view name, btf::Kind kind) const;
  [[nodiscard]] std::optional<btf::TypeId> first(std::string_view name, btf::Kind kind) const;

 private:
  enum class Mode : std::uint8_t { essential, exact };
  struct Wanted {
    std::string name;
    btf::Kind kind;
    Mode mode;
    bool is_done = false;
    std::vector<btf::TypeId> found;
  };

  void want(std::string_view name, btf::Kind kind, Mode mode);
  [[nodiscard]] const Wanted* find(std::string_view name, btf::Kind kind, Mode mode) const;
  static void consider(Wanted& wanted, const btf::Type& type, std::string_view name);
  void walk(const Btf& types, btf::TypeId from);

  std::unordered_multimap<std::string_view, std::size_t> by_name_;  // views into wanted_
  std::vector<std::unique_ptr<Wanted>> wanted_;
  bool is_stale_ = false;
};

}  // namespace skep::object
