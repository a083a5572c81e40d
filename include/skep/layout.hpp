// skep/layout.hpp: what values of a C++ type look like in memory, to be held against BTF.
//
// Numbers, enums, pointers and arrays of them are known by themselves. Of a struct only the size is
// known, unless its fields are told, in the struct's own namespace, after it:
//
//   struct Flow { std::uint32_t source, destination; std::uint16_t port; std::uint16_t unused; };
//   SKEP_FIELDS(Flow, source, destination, port)
//
// Then a typed view (skep/maps.hpp) of a map whose object has BTF compares them field by field.
// Headers that `skep gen` writes tell the fields of all their structs. Bit fields cannot be told.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#pragma GCC visibility push(default)
namespace skep {
namespace layout {

enum class Kind : std::uint8_t {
  bytes,      // of any meaning: only the size is held against the object's type
  number,     // enum, bool, character: signed or not
  unsigned_,  // also pointers
  signed_,
  floating,
  array,
  structure,
};

struct Field;

// What a type looks like.
struct Shape {
  Kind kind = Kind::bytes;
  std::uint32_t size = 0;          // bytes
  const Shape* element = nullptr;  // of an array
  std::uint32_t count = 0;
  std::span<const Field> fields = {};  // of a structure
};

// One field of a struct.
struct Field {
  const char* name;
  std::uint32_t offset;  // bytes
  const Shape* shape;
};

namespace detail {

template <typename T>
concept Described = requires(const T* value) { skep_fields(value); };

template <typename T>
struct Array : std::false_type {};
template <typename T, std::size_t n>
struct Array<T[n]> : std::true_type {
  using Element = T;
  static constexpr std::uint32_t count = n;
};
template <typename T, std::size_t n>
struct Array<std::array<T, n>> : Array<T[n]> {};

template <typename T>
constexpr Shape scalar_shape() {
  constexpr auto size = static_cast<std::uint32_t>(sizeof(T));
  if constexpr (std::is_floating_point_v<T>) return {.kind = Kind::floating, .size = size};
  if constexpr (std::is_pointer_v<T>) return {.kind = Kind::unsigned_, .size = size};
  if constexpr (std::is_integral_v<T> && sizeof(T) > 1) {
    return {.kind = std::is_signed_v<T> ? Kind::signed_ : Kind::unsigned_, .size = size};
  }
  if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
    return {.kind = Kind::number, .size = size};
  }
  return {.kind = Kind::bytes, .size = size};
}

}  // namespace detail

template <typename T>
constexpr Shape make_shape();

// Of T, once a program.
template <typename T>
inline constexpr Shape shape_of = make_shape<T>();

namespace detail {

template <typename T>
inline constexpr auto fields_of = skep_fields(static_cast<const T*>(nullptr));

template <typename T>
constexpr Shape array_shape() {
  using Element = std::remove_cv_t<typename Array<T>::Element>;
  constexpr auto size = static_cast<std::uint32_t>(sizeof(T));
  if constexpr (sizeof(Element) == 1) return {.kind = Kind::bytes, .size = size};
  return {.kind = Kind::array,
          .size = size,
          .element = &shape_of<Element>,
          .count = Array<T>::count,
          .fields = {}};
}

}  // namespace detail

template <typename T>
constexpr Shape make_shape() {
  static_assert(std::is_trivially_copyable_v<T>,
                "what a map holds is bytes: its type must be trivially copyable");
  if constexpr (detail::Array<T>::value) {
    return detail::array_shape<T>();
  } else if constexpr (detail::Described<T>) {
    return {.kind = Kind::structure,
            .size = static_cast<std::uint32_t>(sizeof(T)),
            .element = nullptr,
            .count = 0,
            .fields = detail::fields_of<T>};
  } else {
    return detail::scalar_shape<T>();
  }
}

}  // namespace layout
}  // namespace skep
#pragma GCC visibility pop

// Calls m(type, field) for each field, with commas between: the preprocessor's loop, a thousand
// long.
#define SKEP_DETAIL_PARENS ()
#define SKEP_DETAIL_EXPAND(...) \
  SKEP_DETAIL_EXPAND1(SKEP_DETAIL_EXPAND1(SKEP_DETAIL_EXPAND1(SKEP_DETAIL_EXPAND1(__VA_ARGS__))))
#define SKEP_DETAIL_EXPAND1(...) \
  SKEP_DETAIL_EXPAND2(SKEP_DETAIL_EXPAND2(SKEP_DETAIL_EXPAND2(SKEP_DETAIL_EXPAND2(__VA_ARGS__))))
#define SKEP_DETAIL_EXPAND2(...) \
  SKEP_DETAIL_EXPAND3(SKEP_DETAIL_EXPAND3(SKEP_DETAIL_EXPAND3(SKEP_DETAIL_EXPAND3(__VA_ARGS__))))
#define SKEP_DETAIL_EXPAND3(...) \
  SKEP_DETAIL_EXPAND4(SKEP_DETAIL_EXPAND4(SKEP_DETAIL_EXPAND4(SKEP_DETAIL_EXPAND4(__VA_ARGS__))))
#define SKEP_DETAIL_EXPAND4(...) \
  SKEP_DETAIL_EXPAND5(SKEP_DETAIL_EXPAND5(SKEP_DETAIL_EXPAND5(SKEP_DETAIL_EXPAND5(__VA_ARGS__))))
#define SKEP_DETAIL_EXPAND5(...) __VA_ARGS__
#define SKEP_DETAIL_EACH(m, type, ...) \
  __VA_OPT__(SKEP_DETAIL_EXPAND(SKEP_DETAIL_NEXT(m, type, __VA_ARGS__)))
#define SKEP_DETAIL_NEXT(m, type, field, ...) \
  m(type, field) __VA_OPT__(, SKEP_DETAIL_AGAIN SKEP_DETAIL_PARENS(m, type, __VA_ARGS__))
#define SKEP_DETAIL_AGAIN() SKEP_DETAIL_NEXT
#define SKEP_DETAIL_FIELD(type, field)                                     \
  ::skep::layout::Field {                                                  \
    #field, static_cast<std::uint32_t>(offsetof(type, field)),             \
        &::skep::layout::shape_of<std::remove_cv_t<decltype(type::field)>> \
  }

// Tells the fields of a standard-layout struct, in any order; each must be named. Found by
// argument-dependent lookup, so it stands in the namespace of `type`.
#define SKEP_FIELDS(type, ...)                                     \
  [[maybe_unused]] constexpr auto skep_fields(const type*) {       \
    return std::to_array<::skep::layout::Field>(                   \
        {SKEP_DETAIL_EACH(SKEP_DETAIL_FIELD, type, __VA_ARGS__)}); \
  }
