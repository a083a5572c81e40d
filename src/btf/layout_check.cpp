#include "btf/layout_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace skep::btf {
namespace {

using layout::Kind;
using layout::Shape;

constexpr int most_nested = 32;  // structs in structs; C has no use for more
// Elements are alike, so that of a long array the first ones and the last tell all.
constexpr std::uint32_t most_elements = 64;
// Hostile types share their parts over and over; honest ones are done after some hundred steps.
constexpr int most_steps = 50'000;

// A part of the C++ type: where it is, from the start of the value.
struct Part {
  const Shape& shape;
  std::string name;
  std::uint32_t offset;
};

std::string_view words(Kind kind) {
  switch (kind) {
    case Kind::number:
      return "a number";
    case Kind::unsigned_:
      return "unsigned";
    case Kind::signed_:
      return "signed";
    case Kind::floating:
      return "floating";
    default:
      return "bytes";
  }
}

class Check {
 public:
  explicit Check(const Btf& types) : types_(types) {}

  // `id` starts at byte `start` of the value, and `part` does not start before it.
  std::optional<std::string> run(const Part& part, TypeId id, std::uint32_t start, int depth) {
    // Of C++ types nobody nests so many.
    if (depth > most_nested) return std::nullopt;
    switch (part.shape.kind) {
      case Kind::bytes:
        return std::nullopt;
      case Kind::structure:
        return fields(part, id, start, depth);
      case Kind::array:
        return elements(part, id, start, depth);
      default:
        return number(part, id, start, depth);
    }
  }

 private:
  // The struct of the object that lies where `part` does, where there is one: its id and start.
  std::pair<TypeId, std::uint32_t> innermost(const Part& part, TypeId id, std::uint32_t start) {
    for (int depth = 0; depth < most_nested; ++depth) {
      const auto type = types_.strip(id);
      if (type.is(btf::Kind::array)) {
        const auto size = types_.size_of(type.target()).value_or(0);
        if (size == 0) break;
        start += (part.offset - start) / size * size;
        id = type.target();
        continue;
      }
      const bool is_it = start == part.offset && types_.size_of(id).value_or(0) == part.shape.size;
      if (is_it || !type.is(btf::Kind::struct_)) break;
      const auto members = type.members();
      const auto holds = [&](const Member& member) {
        const auto at = start + member.bit_offset / 8;
        const auto kind = types_.strip(member.type).kind();
        const bool has_parts = kind == btf::Kind::struct_ || kind == btf::Kind::array;
        return has_parts && part.offset >= at &&
               part.offset - at < types_.size_of(member.type).value_or(0);
      };
      const auto inner = std::ranges::find_if(members, holds);
      if (inner == members.end()) break;
      start += inner->bit_offset / 8;
      id = inner->type;
    }
    return {id, start};
  }

  std::optional<std::string> fields(const Part& part, TypeId outer, std::uint32_t outer_start,
                                    int depth) {
    const auto [id, start] = innermost(part, outer, outer_start);
    for (const auto& field : part.shape.fields) {
      const Part inner{*field.shape, part.name.empty() ? field.name : part.name + "." + field.name,
                       part.offset + field.offset};
      if (auto moved = elsewhere(inner, field.name, id, start)) return moved;
      if (auto found = run(inner, id, start, depth + 1)) return found;
    }
    return std::nullopt;
  }

  // A name that both know and that is at another place.
  std::optional<std::string> elsewhere(const Part& part, std::string_view name, TypeId id,
                                       std::uint32_t start) {
    const auto type = types_.strip(id);
    if (!type.is_composite()) return std::nullopt;
    for (const auto& member : type.members()) {
      const auto there = start + member.bit_offset / 8;
      if (member.name != name || there == part.offset) continue;
      return fmt::format("field '{}' is at byte {}, in the object at byte {}", part.name,
                         part.offset, there);
    }
    return std::nullopt;
  }

  std::optional<std::string> elements(const Part& part, TypeId id, std::uint32_t start, int depth) {
    const auto& element = *part.shape.element;
    for (std::uint32_t i = 0; i < part.shape.count; ++i) {
      if (i == most_elements) i = part.shape.count - 1;
      const Part inner{element, fmt::format("{}[{}]", part.name, i),
                       part.offset + i * element.size};
      if (auto found = run(inner, id, start, depth + 1)) return found;
    }
    return std::nullopt;
  }

  std::optional<std::string> number(const Part& part, TypeId id, std::uint32_t start, int depth) {
    if (++steps_ > most_steps || depth > most_nested) {
      return fmt::format("'{}' of the object is too deep to compare", types_.c_name(id));
    }
    const auto type = types_.strip(id);
    if (type.is(btf::Kind::array)) {
      const auto size = types_.size_of(type.target()).value_or(0);
      if (size == 0) return outside(part, id);
      const auto index = (part.offset - start) / size;
      if (index >= type.array_count()) return outside(part, id);
      return number(part, type.target(), start + index * size, depth + 1);
    }
    if (type.is_composite()) return member(part, id, start, depth);
    if (part.offset != start || part.shape.size != types_.size_of(id).value_or(0) ||
        !same_meaning(part.shape.kind, type)) {
      return fmt::format("{} ({}, {} bytes at byte {}): there the object has '{}' ({} bytes at {})",
                         subject(part), words(part.shape.kind), part.shape.size, part.offset,
                         types_.c_name(id), types_.size_of(id).value_or(0), start);
    }
    return std::nullopt;
  }

  // Of a union one member that fits is enough; a number over bit fields takes all of them.
  std::optional<std::string> member(const Part& part, TypeId id, std::uint32_t start, int depth) {
    std::optional<std::string> reason;
    for (const auto& candidate : types_.strip(id).members()) {
      const auto at = start + candidate.bit_offset / 8;
      if (candidate.bit_size != 0) {
        if (at >= part.offset && at < part.offset + part.shape.size) return std::nullopt;
        continue;
      }
      const auto size = types_.size_of(candidate.type).value_or(0);
      if (part.offset < at || part.offset - at >= size) continue;
      auto found = number(part, candidate.type, at, depth + 1);
      if (!found) return std::nullopt;
      if (!reason) reason = std::move(found);
    }
    return reason ? reason : outside(part, id);
  }

  static bool same_meaning(Kind kind, const Type& type) {
    if (type.is(btf::Kind::float_)) return kind == Kind::floating;
    if (kind == Kind::floating) return false;
    if (kind == Kind::number || type.is_any_enum() || type.is_bool() || type.size() == 1)
      return true;
    if (type.is(btf::Kind::ptr)) return kind == Kind::unsigned_;
    return type.is(btf::Kind::int_) && type.is_signed() == (kind == Kind::signed_);
  }

  static std::string subject(const Part& part) {
    return part.name.empty() ? "the value" : fmt::format("field '{}'", part.name);
  }

  [[nodiscard]] std::string outside(const Part& part, TypeId id) const {
    return fmt::format("{} ({} bytes at byte {}): there '{}' of the object has nothing",
                       subject(part), part.shape.size, part.offset, types_.c_name(id));
  }

  const Btf& types_;
  int steps_ = 0;
};

}  // namespace

std::optional<std::string> misfit(const layout::Shape& shape, const Btf& types, TypeId id) {
  return Check(types).run({shape, "", 0}, id, 0, 0);
}

}  // namespace skep::btf
