// skep/maps/view.hpp: what the typed views of maps share.
//
// A view borrows its Map, which must outlive it, and is a pointer in size: pass it by value. Each
// call is one system call on that map, so that a view may be used from several threads at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "skep/layout.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

#pragma GCC visibility push(default)
namespace skep {
namespace maps {

// Two values of a key that are equal must be equal bytes: a struct with padding, or a number with
// several forms (float), finds what it put in only by luck. Make padding a member, and zero. Of a
// type whose bytes are its value although the compiler cannot tell (a union), SKEP_KEY(type) says
// it.
template <typename T>
concept KeyType = std::is_trivially_copyable_v<T> && (std::has_unique_object_representations_v<T> ||
                                                      requires(const T* key) { skep_key(key); });

// A value that is its bytes.
template <typename T>
concept ValueType = std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>;

// Those of a key or a value, borrowed.
template <typename T>
[[nodiscard]] std::span<const std::byte> bytes(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}
// The same, to be written.
template <typename T>
[[nodiscard]] std::span<std::byte> writable_bytes(T& value) noexcept {
  return std::as_writable_bytes(std::span(&value, 1));
}

// Calls a visitor that goes on until it returns false, or that returns nothing.
template <typename Visitor, typename... Arguments>
bool visit(Visitor& visitor, const Arguments&... arguments) {
  if constexpr (std::is_void_v<std::invoke_result_t<Visitor&, const Arguments&...>>) {
    visitor(arguments...);
    return true;
  } else {
    return visitor(arguments...);
  }
}

// Borrows a map.
class View {
 public:
  // What it is a view of.
  [[nodiscard]] const Map& map() const noexcept { return *map_; }

 protected:
  explicit View(const Map& map) noexcept : map_(&map) {}

  // The value of `key`, or nothing when the key is not there.
  template <typename V, typename K>
  [[nodiscard]] Result<std::optional<V>> value_of(const K& key, Lock lock = Lock::no) const {
    V value{};
    SKEP_TRY(const bool found, map_->lookup(bytes(key), writable_bytes(value), lock));
    return found ? std::optional(value) : std::nullopt;
  }
  template <typename V>
  [[nodiscard]] Result<std::optional<V>> taken(std::span<const std::byte> key) const {
    V value{};
    SKEP_TRY(const bool found, map_->take(key, writable_bytes(value)));
    return found ? std::optional(value) : std::nullopt;
  }

 private:
  const Map* map_;
};

}  // namespace maps
}  // namespace skep
#pragma GCC visibility pop

// Found by argument-dependent lookup: it stands in the namespace of `type`.
#define SKEP_KEY(type) \
  [[maybe_unused]] constexpr void skep_key(const type*) {}
