// btf/layout.hpp: sizes and alignments, by the rules of C on a 64-bit machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skep/btf.hpp"

namespace skep::btf {

// "struct 'foo' (type 12)", for messages.
[[nodiscard]] std::string describe(const Type& type);

// Is the member an anonymous struct or union, whose body is written in its place? (A named type
// without a member name comes of gcc's -fms-extensions.)
[[nodiscard]] bool is_embedded(const Btf& types, const Member& member) noexcept;

// Is it nameless without being that? Then it only takes room.
[[nodiscard]] bool is_padding(const Btf& types, const Member& member) noexcept;

// The type to write for a member of type `id`. It is `id` itself, but for a va_list by value: that
// is the compiler's own and smaller for BPF than for the kernel, so what is behind it is written.
[[nodiscard]] TypeId written_type(const Btf& types, TypeId id) noexcept;
inline constexpr std::string_view builtin_va_list = "__builtin_va_list";

// How C must be told to lay a struct or union out as BTF says.
enum class Packing : std::uint8_t {
  natural,     // as it stands, with explicit padding
  packed,      // with __attribute__((packed))
  impossible,  // members overlap, or reach out of it
};

// Alignments of many types: each struct is looked at once.
class Alignments {
 public:
  explicit Alignments(const Btf& types) : types_(types) {}

  // Bytes. BTF does not state alignments: they follow from the members, and a struct that does not
  // hold its members' is packed, so has 1.
  [[nodiscard]] Result<std::uint32_t> of(TypeId id) { return of(id, 0); }

  // Precondition: a struct or union.
  [[nodiscard]] Result<Packing> packing(const Type& type);

 private:
  Result<std::uint32_t> of(TypeId id, unsigned depth);
  Result<std::uint32_t> of_composite(const Type& type, unsigned depth);
  // The members' largest alignment, natural or not.
  Result<std::uint32_t> of_members(const Type& type, unsigned depth);
  Result<bool> is_natural(const Type& type, std::uint32_t alignment, unsigned depth);

  Btf types_;
  std::vector<std::uint8_t> known_;  // of structs and unions; 0: not yet, 255: being computed
};

// Bits that a member takes. Errors: its type has no size.
[[nodiscard]] Result<std::uint64_t> bits_of(const Btf& types, const Member& member);

// The element type of an array, and how many there are in all its dimensions.
struct Elements {
  Type type;                // neither array nor modifier
  std::uint64_t count = 1;  // saturates
};

// `id` without modifiers and array dimensions; nothing when the chain goes round.
[[nodiscard]] std::optional<Elements> elements_of(const Btf& types, TypeId id) noexcept;

}  // namespace skep::btf
