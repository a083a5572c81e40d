// skep/btf.hpp: the types of a BPF object or of the kernel.
//
// BTF is the kernel's compact type format (Documentation/bpf/btf.rst). A Btf is immutable and
// cheap to copy: copies share the same bytes. Type, Member and the other views borrow from it and
// live no longer than some copy of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {

class Btf;

namespace btf {

struct Data;    // what the copies of a Btf share
struct Access;  // for skep itself: reaches it

// BTF_KIND_* with the kernel's numbers.
enum class Kind : std::uint8_t {
  void_ = 0,  // the type with id 0
  int_ = 1,
  ptr = 2,
  array = 3,
  struct_ = 4,
  union_ = 5,
  enum_ = 6,
  fwd = 7,
  typedef_ = 8,
  volatile_ = 9,
  const_ = 10,
  restrict_ = 11,
  func = 12,
  func_proto = 13,
  var = 14,
  datasec = 15,
  float_ = 16,
  decl_tag = 17,
  type_tag = 18,
  enum64 = 19,
};

// "struct", "int", "typedef" …
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

// An id within one Btf; ids of a split BTF (a module's) go on where its base ends. 0 is void.
using TypeId = std::uint32_t;

// One member of a struct or union.
struct Member {
  std::string_view name;  // empty for an anonymous struct or union, and for padding
  TypeId type = 0;
  std::uint32_t bit_offset = 0;  // from the start of the struct
  std::uint32_t bit_size = 0;    // 0 unless the member is a bit field
};

// One value of an enum.
struct Enumerator {
  std::string_view name;
  std::uint64_t value = 0;  // two's complement; read it as signed when the enum is signed
};

// One parameter of a prototype.
struct Parameter {
  std::string_view name;  // empty where only a prototype was seen
  TypeId type = 0;        // 0 with an empty name as the last one: "..."
};

// One variable of a DATASEC.
struct SectionVariable {
  TypeId type = 0;  // a VAR (or, in .ksyms, a FUNC)
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

enum class Linkage : std::uint32_t { static_ = 0, global = 1, extern_ = 2 };

// What one type says. Accessors that do not apply to the kind return zero or an empty view.
class Type {
 public:
  // Its id, within its Btf.
  [[nodiscard]] TypeId id() const noexcept { return id_; }
  // What kind of type it is.
  [[nodiscard]] Kind kind() const noexcept;
  // Empty for a type without a name.
  [[nodiscard]] std::string_view name() const noexcept;
  // Where that name stands: Btf::string.
  [[nodiscard]] std::uint32_t name_offset() const noexcept;

  // Members, enumerators, parameters or section variables.
  [[nodiscard]] std::uint32_t vlen() const noexcept;
  // Bit-field encoding of a struct, signedness of an enum, union-ness of a forward.
  [[nodiscard]] bool kind_flag() const noexcept;
  // Whether it is of that kind.
  [[nodiscard]] bool is(Kind kind) const noexcept { return this->kind() == kind; }
  // struct or union.
  [[nodiscard]] bool is_composite() const noexcept { return is(Kind::struct_) || is(Kind::union_); }
  // enum of 32 or of 64 bits.
  [[nodiscard]] bool is_any_enum() const noexcept { return is(Kind::enum_) || is(Kind::enum64); }
  // typedef, const, volatile, restrict, type_tag: what a value does not notice.
  [[nodiscard]] bool is_modifier() const noexcept;

  // Bytes, as the type itself states them: int, struct, union, enum, enum64, float, datasec.
  // For every other kind use Btf::size_of.
  [[nodiscard]] std::uint32_t size() const noexcept;
  // What a pointer, modifier, function, variable or tag refers to; a prototype's return type; an
  // array's element.
  [[nodiscard]] TypeId target() const noexcept;

  // int
  [[nodiscard]] bool is_signed() const noexcept;  // also enums: negative enumerators allowed
  // int: marked as a character (clang marks none).
  [[nodiscard]] bool is_char() const noexcept;
  // int: bool.
  [[nodiscard]] bool is_bool() const noexcept;
  // int: how many bits count.
  [[nodiscard]] std::uint32_t int_bits() const noexcept;
  // int: where they begin (bit fields of old compilers).
  [[nodiscard]] std::uint32_t int_bit_offset() const noexcept;
  // array
  [[nodiscard]] std::uint32_t array_count() const noexcept;
  // array: the type of its index.
  [[nodiscard]] TypeId array_index() const noexcept;
  // var, func
  [[nodiscard]] Linkage linkage() const noexcept;
  // decl_tag: which member or parameter, -1 for the type itself
  [[nodiscard]] std::int32_t component() const noexcept;

  // Precondition: index < vlen(), and the kind has such parts; otherwise an empty part.
  [[nodiscard]] Member member(std::uint32_t index) const noexcept;
  // The same of an enum.
  [[nodiscard]] Enumerator enumerator(std::uint32_t index) const noexcept;
  // The same of a prototype.
  [[nodiscard]] Parameter parameter(std::uint32_t index) const noexcept;
  // The same of a data section.
  [[nodiscard]] SectionVariable variable(std::uint32_t index) const noexcept;

  // The parts as a list, for loops; allocates.
  [[nodiscard]] std::vector<Member> members() const;
  // The same of an enum.
  [[nodiscard]] std::vector<Enumerator> enumerators() const;
  // The same of a prototype.
  [[nodiscard]] std::vector<Parameter> parameters() const;
  // The same of a data section.
  [[nodiscard]] std::vector<SectionVariable> variables() const;

 private:
  friend class skep::Btf;
  Type(const Data* data, TypeId id, const std::byte* record) noexcept
      : data_(data), record_(record), id_(id) {}
  const Data* data_;
  const std::byte* record_;  // struct btf_type and what follows it, checked by Btf::parse
  TypeId id_;
};

}  // namespace btf

// All types of one object, of the kernel, or of a module (split BTF on top of the kernel's).
class Btf {
 public:
  // An empty set: only void.
  Btf();

  // Checks every header, id, name and length once, so that the views need no checks. Takes the
  // bytes; `base` is what a split BTF builds on. Errors: bad_input, naming type and field.
  static Result<Btf> parse(std::vector<std::byte> bytes, std::optional<Btf> base = std::nullopt);

  // The same over bytes owned by somebody else, e.g. a mapped file; `owner` keeps them alive.
  static Result<Btf> parse(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                           std::optional<Btf> base = std::nullopt);

  // The running kernel's, from /sys/kernel/btf/vmlinux (kernel 5.4 with CONFIG_DEBUG_INFO_BTF):
  // see kernel/, which opens it through the seam.

  // One past the largest id; ids from first_id() on are this set's own, smaller ones its base's.
  [[nodiscard]] btf::TypeId end_id() const noexcept;
  // The smallest id that is not its base's.
  [[nodiscard]] btf::TypeId first_id() const noexcept;
  // Whether there is a type of that id, here or in the base.
  [[nodiscard]] bool contains(btf::TypeId id) const noexcept { return id < end_id(); }

  // Precondition: contains(id).
  [[nodiscard]] btf::Type type(btf::TypeId id) const noexcept;

  // The first type with that name and kind, or nothing. Linear, about a millisecond for a kernel,
  // unless the set has an index (the running kernel's has one as a rule).
  [[nodiscard]] std::optional<btf::Type> find(std::string_view name, btf::Kind kind) const noexcept;

  // The string at an offset of the string section; empty for 0, and where has_string says no.
  [[nodiscard]] std::string_view string(std::uint32_t offset) const noexcept;
  // Whether the offset lies in the string section of this set or of its base.
  [[nodiscard]] bool has_string(std::uint32_t offset) const noexcept;

  // `id` without typedef, const, volatile, restrict and type_tag. A chain that goes round (only
  // hostile input has one) ends in void.
  [[nodiscard]] btf::Type strip(btf::TypeId id) const noexcept;
  // The same, but stops at a typedef.
  [[nodiscard]] btf::Type strip_qualifiers(btf::TypeId id) const noexcept;

  // Bytes that a value of the type takes. Errors: bad_input for a type without a size (void,
  // function, forward), a round, or more than 4 GiB.
  [[nodiscard]] Result<std::uint32_t> size_of(btf::TypeId id) const;
  // Alignment in bytes, by the rules of C on a 64-bit machine.
  [[nodiscard]] Result<std::uint32_t> align_of(btf::TypeId id) const;

  // The type as C names it: "struct event", "const char *[4]", "u32".
  [[nodiscard]] std::string c_name(btf::TypeId id) const;

  // The bytes as parsed: header, types, strings.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept;

 private:
  friend struct btf::Access;
  explicit Btf(std::shared_ptr<const btf::Data> data) noexcept;
  std::shared_ptr<const btf::Data> data_;
};

}  // namespace skep
#pragma GCC visibility pop
