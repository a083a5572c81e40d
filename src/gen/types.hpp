// gen/types.hpp: types of an object as types of C++.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "gen/identifier.hpp"
#include "skep/btf.hpp"
#include "skep/spec.hpp"

namespace skep::gen {

// Writes structs, unions and enums with the layout that BTF states: padding is spelled out, what
// does not lie on its alignment is packed, bit fields are bytes with a function for each field,
// pointers are numbers, and static_asserts hold every size and offset. `T value{};` is all zero, as
// nothing is left out. Each type is written once, after those that it needs.
class Types {
 public:
  // `scope`: the namespace that the text will stand in, "::opensnoop".
  Types(const Btf& types, std::string scope, Names& names);

  // A type of C++ for values of `id`, e.g. "std::uint32_t", "::opensnoop::event",
  // "std::array<std::uint64_t, 4>"; its definition is in text() from now on. Errors: bad_input for
  // a type without a size, or nested too deep.
  Result<std::string> name_of(btf::TypeId id);

  // `type`, which name_of() gave, is a key: where it is a struct or union, says that its bytes are
  // its value, as they are with all padding spelled out.
  void mark_key(const std::string& type);

  // A struct of the variables of a data section, `bytes` long.
  Result<std::string> add_section(std::string_view name, std::uint32_t bytes,
                                  const std::vector<Variable>& variables);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  // A type as declared: "std::uint32_t", "" or "char", "[16]".
  struct Declared {
    std::string type, dimensions;
    std::uint32_t size = 0, alignment = 1;  // bytes, as C++ will see it
    std::string remark;                     // what C calls it, where that says more
  };
  struct Part {
    std::string name;
    btf::TypeId type = 0;
    std::uint32_t bit_offset = 0, bit_size = 0;
  };
  struct Body;

  Result<Declared> declare(btf::TypeId id, const std::string& hint);
  Result<Declared> declare_array(const btf::Type& array, const std::string& hint);
  Result<Declared> declare_enum(const btf::Type& type);
  Result<Declared> declare_composite(const btf::Type& type, const std::string& hint);
  Result<void> define(const btf::Type& type, const std::string& name, std::uint32_t size,
                      const std::vector<Part>& parts, bool is_union);
  Result<void> add_parts(Body& body, const std::vector<Part>& parts);
  Result<void> add_member(Body& body, const Part& part);
  Result<void> add_anonymous_union(Body& body, const btf::Type& type, std::uint32_t offset);
  Result<std::uint32_t> add_bits(Body& body, const std::vector<Part>& parts, std::size_t first);
  static void pad(Body& body, std::uint32_t to);
  [[nodiscard]] Result<std::vector<Part>> parts_of(const btf::Type& type,
                                                   std::uint32_t bit_offset) const;

  const Btf& types_;
  std::string scope_;
  Names& names_;
  std::map<btf::TypeId, Declared> known_;
  std::set<std::string> keys_;
  std::set<btf::TypeId> open_;  // being defined
  std::string text_;
  int depth_ = 0;
};

}  // namespace skep::gen
