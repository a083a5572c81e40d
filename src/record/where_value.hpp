// record/where_value.hpp: what a literal means beside a column.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "record/load.hpp"
#include "record/schema.hpp"
#include "record/where_tree.hpp"

namespace skep::record::where {

// How a column's values are compared.
enum class Domain : std::uint8_t {
  integer,  // of at most 64 bits
  real,
  text,
  address,  // 4 or 16 bytes in network order; what is one number too is an integer
  bytes,    // of fixed size
  none,
};
[[nodiscard]] Domain domain_of(const Column& column) noexcept;

// Bytes that one value takes; of an array all elements.
[[nodiscard]] std::uint64_t bytes_of(const Column& column) noexcept;

// Whether a number lies in network order, most significant byte first.
[[nodiscard]] bool is_big_endian(const Column& column) noexcept;

// Whether the bytes may be an address: 4 or 16, whatever the type.
[[nodiscard]] bool may_be_address(const Column& column) noexcept;

// "'pid' is an unsigned integer"
[[nodiscard]] std::string describe(const Column& column);

// The number that `literal` is for an integer column: names are those that the column is shown by
// (enumerators, errnos, signals, flags). Errors: invalid_argument for what is no number of such a
// column, with a caret.
[[nodiscard]] Result<SignedWide> to_integer(const Tree& tree, const Schema& schema,
                                            const Column& column, const Literal& literal);

[[nodiscard]] Result<double> to_real(const Tree& tree, const Column& column,
                                     const Literal& literal);

// "0011ff", "00:11:ff": as many bytes as the column has.
[[nodiscard]] Result<std::string> to_bytes(const Tree& tree, const Column& column,
                                           const Literal& literal);

}  // namespace skep::record::where
