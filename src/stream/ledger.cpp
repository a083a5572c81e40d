#include "stream/ledger.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace skep::stream {
namespace {

// Where the counters lie; bytes from the start of the variable.
struct Layout {
  std::uint64_t first = 0;
  std::uint64_t stride = 0;
  std::uint64_t count = 0;
};

std::optional<btf::Member> member_named(const btf::Type& type, std::string_view name) {
  for (const auto& member : type.members()) {
    if (member.name == name && member.bit_offset % 8 == 0) return member;
  }
  return std::nullopt;
}

// struct skep_ledger_NAME { struct skep_ledger_cell { u64 lost; … } cells[N]; … }
std::optional<Layout> layout_of(const Btf& types, const btf::Type& ledger) {
  const auto cells = member_named(ledger, "cells");
  if (!cells) return std::nullopt;
  const auto array = types.strip(cells->type);
  const auto cell = types.strip(array.target());
  const auto lost = member_named(cell, "lost");
  if (!array.is(btf::Kind::array) || !lost) return std::nullopt;
  const auto stride = types.size_of(array.target());
  const auto width = types.size_of(lost->type);
  if (!stride || !width || *width != sizeof(std::uint64_t) || *stride < *width) return std::nullopt;
  return Layout{.first = cells->bit_offset / 8 + lost->bit_offset / 8,
                .stride = *stride,
                .count = array.array_count()};
}

}  // namespace

const Variable* find_ledger(const ObjectSpec& spec, std::string_view ring) {
  const Variable* variable = spec.find_variable(fmt::format("{}_ledger", ring));
  if (variable == nullptr || variable->type == 0) return nullptr;
  const auto type = spec.types.strip(variable->type);
  return type.name() == fmt::format("skep_ledger_{}", ring) ? variable : nullptr;
}

Result<std::optional<Ledger>> Ledger::open(const Object& object, std::string_view ring) {
  const ObjectSpec& spec = object.spec();
  const Variable* variable = find_ledger(spec, ring);
  if (variable == nullptr) return std::nullopt;
  const auto layout = layout_of(spec.types, spec.types.strip(variable->type));
  if (!layout || layout->count == 0 || variable->map >= object.maps().size()) {
    return fail(ErrorKind::bad_input, "the ledger of '{}' has no counters 'cells[].lost'", ring);
  }
  SKEP_TRY(Mapping section, object.maps()[variable->map].mapped(false));
  const std::uint64_t length = (layout->count - 1) * layout->stride + sizeof(std::uint64_t);
  const auto cells = slice(section.bytes(), variable->offset + layout->first, length);
  if (!cells || (variable->offset + layout->first) % 8 != 0 || layout->stride % 8 != 0) {
    return fail(ErrorKind::bad_input, "the ledger of '{}' lies outside its section", ring);
  }
  return Ledger(std::move(section), *cells, layout->stride);
}

std::uint64_t Ledger::lost() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < cells_.size(); at += stride_) {
    sum += __atomic_load_n(reinterpret_cast<const std::uint64_t*>(cells_.data() + at),
                           __ATOMIC_RELAXED);
  }
  return sum;
}

}  // namespace skep::stream
