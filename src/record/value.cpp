#include "record/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/scalar.hpp"

namespace skep::record {
namespace {

constexpr unsigned deepest = 32;
constexpr std::uint32_t most_bytes = 64U << 20;

bool is_character(const btf::Type& type) {
  return type.is(btf::Kind::int_) && type.size() == 1 && type.name() == "char";
}

bool is_text(const Btf& types, const btf::Type& type) {
  return type.is(btf::Kind::array) && is_character(types.strip(type.target()));
}

bool is_writable_at(const Btf& types, btf::TypeId id, unsigned depth) {
  if (depth > deepest) return false;
  const auto type = types.strip(id);
  if (is_scalar(type)) return true;
  if (type.is(btf::Kind::array)) return is_writable_at(types, type.target(), depth + 1);
  if (!type.is_composite() || type.vlen() == 0) return false;
  return std::ranges::all_of(type.members(), [&](const btf::Member& member) {
    return is_writable_at(types, member.type, depth + 1);
  });
}

class Encoder {
 public:
  explicit Encoder(const Btf& types) : types_(types) {}

  Result<void> write(btf::TypeId id, const Literal& literal, const ValuePlace& place,
                     std::span<std::byte> out, unsigned depth = 0) const {
    const auto type = types_.strip(id);
    if (depth > deepest) {
      return fail(ErrorKind::invalid_argument, "{}: its type goes too deep", place.path);
    }
    if (literal.kind == Literal::Kind::word && write_address(id, literal.text, place, out)) {
      return {};
    }
    if (is_scalar(type)) return write_scalar(id, literal, place, out);
    if (is_text(types_, type)) return write_text(literal, place, out);
    if (type.is(btf::Kind::array)) return write_array(type, literal, place, out, depth);
    if (type.is_composite()) return write_struct(type, literal, place, out, depth);
    return fail(ErrorKind::unsupported, "{}: a value of {} cannot be given", place.path,
                types_.c_name(id));
  }

 private:
  Result<void> write_scalar(btf::TypeId id, const Literal& literal, const ValuePlace& place,
                            std::span<std::byte> out) const {
    if (literal.kind != Literal::Kind::word) {
      return fail(ErrorKind::invalid_argument, "{}: it takes one value ({}), not several",
                  place.path, types_.c_name(id));
    }
    return encode_scalar(types_, id, literal.text, place, out);
  }

  Result<void> write_text(const Literal& literal, const ValuePlace& place,
                          std::span<std::byte> out) const {
    if (literal.kind != Literal::Kind::word) {
      return fail(ErrorKind::invalid_argument, "{}: it takes a text of at most {} bytes",
                  place.path, out.size() - 1);
    }
    // Programs print up to the NUL, so there has to be one.
    if (literal.text.size() >= out.size()) {
      return fail(ErrorKind::invalid_argument,
                  "{} '{}': it takes a text of at most {} bytes, and that one has {}", place.path,
                  literal.text, out.empty() ? 0 : out.size() - 1, literal.text.size());
    }
    std::memcpy(out.data(), literal.text.data(), literal.text.size());
    return {};
  }

  Result<void> write_array(const btf::Type& type, const Literal& literal, const ValuePlace& place,
                           std::span<std::byte> out, unsigned depth) const {
    if (literal.kind != Literal::Kind::list || literal.items.size() > type.array_count()) {
      const auto given = literal.kind == Literal::Kind::list
                             ? fmt::format(", not {}", literal.items.size())
                             : fmt::format(": [{}]", literal.text);
      return fail(ErrorKind::invalid_argument, "{}: it takes up to {} values ({}){}", place.path,
                  type.array_count(), types_.c_name(type.target()), given);
    }
    SKEP_TRY(const auto size, types_.size_of(type.target()));
    for (std::size_t i = 0; i < literal.items.size(); ++i) {
      const ValuePlace element{fmt::format("{}[{}]", place.path, i), place.name, place.unit};
      SKEP_CHECK(
          write(type.target(), literal.items[i], element, out.subspan(i * size, size), depth + 1));
    }
    return {};
  }

  Result<void> write_struct(const btf::Type& type, const Literal& literal, const ValuePlace& place,
                            std::span<std::byte> out, unsigned depth) const {
    if (literal.kind != Literal::Kind::fields) {
      return fail(ErrorKind::invalid_argument, "{}: it takes {{field=value,…}}: {}", place.path,
                  enumerate(fields_of(type)));
    }
    for (std::size_t i = 0; i < literal.items.size(); ++i) {
      const auto found = find_member(type, literal.names[i], 0, depth);
      if (!found) return refuse_field(type, literal.names[i], place);
      SKEP_CHECK(write_member(
          *found, literal.items[i],
          {fmt::format("{}.{}", place.path, literal.names[i]), literal.names[i], Unit::none}, out,
          depth));
    }
    return {};
  }

  Result<void> write_member(const btf::Member& member, const Literal& literal,
                            const ValuePlace& place, std::span<std::byte> out,
                            unsigned depth) const {
    SKEP_TRY(const auto size, types_.size_of(member.type));
    if (member.bit_size == 0) {
      const std::size_t offset = member.bit_offset / 8;
      if (offset > out.size() || size > out.size() - offset) {
        return fail(ErrorKind::bad_input, "{}: it lies outside of its struct", place.path);
      }
      return write(member.type, literal, place, out.subspan(offset, size), depth + 1);
    }
    std::vector<std::byte> whole(size);
    SKEP_CHECK(write(member.type, literal, place, whole, depth + 1));
    return write_bits(member, whole, place, out);
  }

  static Result<void> write_bits(const btf::Member& member, std::span<const std::byte> value,
                                 const ValuePlace& place, std::span<std::byte> out) {
    const auto bit = [&](std::size_t i) {
      return std::to_integer<unsigned>(value[i / 8] >> (i % 8)) & 1U;
    };
    const std::size_t bits = std::min<std::size_t>(member.bit_size, value.size() * 8);
    // A negative number may have its sign's bits above.
    for (std::size_t i = bits; i < value.size() * 8; ++i) {
      if (bit(i) != 0 && bit(i) != bit(value.size() * 8 - 1)) {
        return fail(ErrorKind::invalid_argument, "{}: it has {} bits", place.path, bits);
      }
      if (bit(i) != 0 && (bits == 0 || bit(bits - 1) == 0)) {
        return fail(ErrorKind::invalid_argument, "{}: it has {} bits", place.path, bits);
      }
    }
    for (std::size_t i = 0; i < bits; ++i) {
      const std::size_t at = member.bit_offset + i;
      if (at / 8 >= out.size()) break;
      if (bit(i) != 0) out[at / 8] |= std::byte{1} << (at % 8);
    }
    return {};
  }

  // The member of that name; of anonymous structs and unions, too, with its place in the outermost.
  [[nodiscard]] std::optional<btf::Member> find_member(const btf::Type& type, std::string_view name,
                                                       std::uint32_t base, unsigned depth) const {
    if (depth > deepest) return std::nullopt;
    for (auto member : type.members()) {
      member.bit_offset += base;
      if (!member.name.empty() && member.name == name) return member;
      const auto inner = types_.strip(member.type);
      if (!member.name.empty() || !inner.is_composite()) continue;
      if (auto found = find_member(inner, name, member.bit_offset, depth + 1)) return found;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<std::string> fields_of(const btf::Type& type,
                                                   unsigned depth = 0) const {
    std::vector<std::string> out;
    for (const auto& member : type.members()) {
      const auto inner = types_.strip(member.type);
      if (!member.name.empty()) {
        out.push_back(fmt::format("{} ({})", member.name, types_.c_name(member.type)));
      } else if (inner.is_composite() && depth < deepest) {
        for (auto& field : fields_of(inner, depth + 1)) out.push_back(std::move(field));
      }
    }
    return out;
  }

  [[nodiscard]] std::unexpected<Error> refuse_field(const btf::Type& type, std::string_view name,
                                                    const ValuePlace& place) const {
    const auto fields = fields_of(type);
    return std::unexpected(
        Error(ErrorKind::invalid_argument,
              fmt::format("{}: {} has no field '{}'", place.path, types_.c_name(type.id()), name))
            .hint(fields.empty() ? "It has none at all."
                                 : fmt::format("Its fields are {}.", enumerate(fields))));
  }

  // An address where the name speaks of one, or the type is one.
  [[nodiscard]] bool write_address(btf::TypeId id, std::string_view text, const ValuePlace& place,
                                   std::span<std::byte> out) const {
    const auto type = types_.strip(id);
    const bool is_struct = type.name() == "in_addr" || type.name() == "in6_addr";
    const bool is_told = is_struct || unit_at(types_, id, place) == Unit::address;
    return is_told && encode_address(text, out);
  }

  const Btf& types_;
};

// Elements, without the zeros at the end.
std::string show_array(const Btf& types, const btf::Type& type, std::string_view name,
                       std::span<const std::byte> bytes) {
  const auto size = types.size_of(type.target());
  if (!size || *size == 0) return {};
  while (!bytes.empty() && bytes.size() >= *size &&
         std::ranges::all_of(bytes.last(*size), [](std::byte b) { return b == std::byte{}; })) {
    bytes = bytes.first(bytes.size() - *size);
  }
  std::string out;
  for (; bytes.size() >= *size; bytes = bytes.subspan(*size)) {
    if (out.size() > 60) return out + ",…";
    out += (out.empty() ? "" : ",") + show_value(types, type.target(), name, bytes.first(*size));
  }
  return out;
}

std::string show_struct(const Btf& types, const btf::Type& type, std::span<const std::byte> bytes) {
  std::string out;
  for (const auto& member : type.members()) {
    const auto size = types.size_of(member.type);
    const std::size_t offset = member.bit_offset / 8;
    const bool is_plain = size && member.bit_size == 0 && !member.name.empty();
    if (!is_plain || offset > bytes.size() || *size > bytes.size() - offset) continue;
    auto value = show_value(types, member.type, member.name, bytes.subspan(offset, *size));
    const auto inner = types.strip(member.type);
    if (inner.is(btf::Kind::array) && !is_text(types, inner)) value = fmt::format("[{}]", value);
    out += fmt::format("{}{}={}", out.empty() ? "" : ",", member.name, value);
  }
  return "{" + out + "}";
}

}  // namespace

bool is_writable(const Btf& types, btf::TypeId type) { return is_writable_at(types, type, 0); }

Result<std::vector<std::byte>> encode_value(const Btf& types, btf::TypeId type,
                                            const Literal& literal, const ValuePlace& place) {
  SKEP_TRY(const auto size, types.size_of(type));
  if (size > most_bytes) {
    return fail(ErrorKind::unsupported, "{}: a value of {} bytes", place.path, size);
  }
  std::vector<std::byte> out(size);
  SKEP_CHECK(Encoder(types).write(type, literal, place, out));
  return out;
}

Result<std::vector<std::byte>> parse_value(const Btf& types, btf::TypeId id, std::string_view text,
                                           const ValuePlace& place) {
  const auto type = types.strip(id);
  Literal literal{.text = std::string(text), .items = {}, .names = {}};
  const bool is_list = type.is(btf::Kind::array) && !is_text(types, type);
  const bool is_address = is_list && unit_at(types, id, place) == Unit::address &&
                          text.find_first_of(".:") != std::string_view::npos;
  if (text.starts_with('{') || text.starts_with('[') || (is_list && !is_address)) {
    const bool is_bare = is_list && !text.starts_with('[');
    if (!is_text(types, type)) {
      auto parsed = parse_literal(is_bare ? fmt::format("[{}]", text) : std::string(text));
      if (!parsed) return add_context(std::move(parsed).error(), "{}", place.path);
      literal = *std::move(parsed);
    }
  }
  return encode_value(types, id, literal, place);
}

std::string show_value(const Btf& types, btf::TypeId id, std::string_view name,
                       std::span<const std::byte> bytes) {
  const auto type = types.strip(id);
  if (is_text(types, type)) {
    const auto* start = reinterpret_cast<const char*>(bytes.data());
    return {start, strnlen(start, bytes.size())};
  }
  if (is_scalar(type)) return show_scalar(types, id, name, bytes);
  if (type.is(btf::Kind::array)) return show_array(types, type, name, bytes);
  if (type.is_composite()) return show_struct(types, type, bytes);
  return {};
}

}  // namespace skep::record
