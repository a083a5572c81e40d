// record/value.hpp: values of BTF types from text, and back: parameters and maps.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/literal.hpp"
#include "record/unit.hpp"
#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::record {

// What a value is for.
struct ValuePlace {
  std::string path;        // for messages: "--uid", "ports[80]"
  std::string name;        // of the variable or field: what it says of units counts
  Unit unit = Unit::none;  // when the name says nothing
};

// Whether text can become a value of that type: integers, bool, enums, floats, arrays and structs
// of them.
[[nodiscard]] bool is_writable(const Btf& types, btf::TypeId type);

// The bytes of a value, in the machine's byte order, but for types like __be16 and for addresses,
// which are in network order. An array takes [1,2] (what is missing is 0), of characters a text; a
// struct {field=value,…}. Errors: invalid_argument, naming the place, what it takes, and the fields
// that there are; unsupported for types such as pointers.
[[nodiscard]] Result<std::vector<std::byte>> encode_value(const Btf& types, btf::TypeId type,
                                                          const Literal& literal,
                                                          const ValuePlace& place);

// The same from a text: what is no struct needs no brackets (1,2,3), a text no quotes.
[[nodiscard]] Result<std::vector<std::byte>> parse_value(const Btf& types, btf::TypeId type,
                                                         std::string_view text,
                                                         const ValuePlace& place);

// As somebody would write it. Precondition: as many bytes as the type has.
[[nodiscard]] std::string show_value(const Btf& types, btf::TypeId type, std::string_view name,
                                     std::span<const std::byte> bytes);

}  // namespace skep::record
