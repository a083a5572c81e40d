// btf/encode.hpp: types as data, and back to the bytes that Btf::parse takes (struct btf_type in
// include/uapi/linux/btf.h). For sets of types that we make ourselves: the smallest that objects
// need, or one that an older kernel takes. Nothing is merged: what is added twice is there twice.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// One type, free to be changed. What its kind does not have is ignored. Borrows its texts.
struct Definition {
  Kind kind = Kind::void_;
  std::string_view name;
  bool kind_flag = false;  // see Type::kind_flag()
  std::uint32_t size = 0;  // bytes
  TypeId target = 0;       // an array's element, too
  // int
  bool is_signed = false, is_char = false, is_bool = false;
  std::uint32_t int_bits = 0, int_bit_offset = 0;
  // array
  std::uint32_t array_count = 0;
  TypeId array_index = 0;
  // var, func; decl_tag
  Linkage linkage = Linkage::static_;
  std::int32_t component = -1;
  // What vlen counts: at most 65535.
  std::vector<Member> members = {};
  std::vector<Enumerator> enumerators = {};
  std::vector<Parameter> parameters = {};
  std::vector<SectionVariable> variables = {};

  // Calls `change` with every id in it, as TypeId&.
  template <typename Change>
  void for_each_id(Change change);
};

// All that BTF says of it.
[[nodiscard]] Definition definition_of(const Type& type);

// A string section: each text once.
class Strings {
 public:
  Strings() : Strings(std::string_view("\0", 1)) {}
  // Goes on with a section that there is, so that offsets into it stay what they are.
  explicit Strings(std::string_view section);

  std::uint32_t offset_of(std::string_view text);
  [[nodiscard]] const std::string& section() const noexcept { return section_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::string section_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> offsets_;
};

// Records one after the other; the first gets id 1.
class Encoder {
 public:
  Encoder() = default;
  explicit Encoder(Strings strings) : strings_(std::move(strings)) {}

  // Returns its id.
  TypeId add(const Definition& definition);
  [[nodiscard]] TypeId next_id() const noexcept { return next_; }
  // For texts that no type has: those of line info.
  [[nodiscard]] Strings& strings() noexcept { return strings_; }
  // The type section so far.
  [[nodiscard]] const std::vector<std::byte>& types() const noexcept { return types_; }
  // Header, types and strings.
  [[nodiscard]] std::vector<std::byte> build() const;

 private:
  void word(std::uint32_t value);
  void add_parts(const Definition& definition);

  Strings strings_;
  std::vector<std::byte> types_;
  TypeId next_ = 1;
};

template <typename Change>
void Definition::for_each_id(Change change) {
  change(target);
  if (kind == Kind::array) change(array_index);
  for (auto& member : members) change(member.type);
  for (auto& parameter : parameters) change(parameter.type);
  for (auto& variable : variables) change(variable.type);
}

}  // namespace skep::btf
