#include "skep/ledger.hpp"

#include <bit>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "skep/object.hpp"
#include "stream/ledger.hpp"

namespace skep {
namespace {

std::optional<btf::Member> member_named(const btf::Type& type, std::string_view name) {
  for (const auto& member : type.members()) {
    if (member.name == name && member.bit_offset % 8 == 0) return member;
  }
  return std::nullopt;
}

// A counter of struct skep_ledger_NAME { struct skep_ledger_cell { u64 lost, unwanted; … }
// cells[N]; … }. Bytes are from the start of the variable.
std::optional<Ledger::Place> place_in(const Btf& types, const btf::Type& ledger,
                                      std::string_view counter) {
  const auto cells = member_named(ledger, "cells");
  if (!cells) return std::nullopt;
  const auto array = types.strip(cells->type);
  const auto cell = types.strip(array.target());
  const auto member = member_named(cell, counter);
  if (!array.is(btf::Kind::array) || !member) return std::nullopt;
  const auto stride = types.size_of(array.target());
  const auto width = types.size_of(member->type);
  if (!stride || !width || *width != sizeof(std::uint64_t) || *stride < *width) return std::nullopt;
  return Ledger::Place{.section = nullptr,
                       .first = cells->bit_offset / 8 + member->bit_offset / 8,
                       .stride = *stride,
                       .count = array.array_count()};
}

}  // namespace

std::optional<stream::CounterPlace> stream::find_unwanted_counter(const ObjectSpec& spec,
                                                                  std::string_view ring) {
  const Variable* variable = find_ledger(spec, ring);
  if (variable == nullptr || variable->map >= spec.maps.size()) return std::nullopt;
  const auto place = place_in(spec.types, spec.types.strip(variable->type), "unwanted");
  constexpr std::uint64_t most = INT16_MAX;
  if (!place || place->count > most || place->stride > most) return std::nullopt;
  const std::uint64_t first = variable->offset + place->first;
  const std::uint64_t end = first + (place->count - 1) * place->stride + sizeof(std::uint64_t);
  const bool is_good = std::has_single_bit(place->count) && place->stride % 8 == 0 &&
                       first % 8 == 0 && end <= spec.maps[variable->map].value_size;
  if (!is_good) return std::nullopt;
  return CounterPlace{variable->map, static_cast<std::uint32_t>(first),
                      static_cast<std::uint32_t>(place->stride),
                      static_cast<std::uint32_t>(place->count)};
}

Result<std::optional<stream::UnwantedCounter>> stream::UnwantedCounter::open(
    const Object& object, std::string_view ring) {
  const auto place = find_unwanted_counter(object.spec(), ring);
  if (!place || place->map >= object.maps().size()) return std::nullopt;
  SKEP_TRY(auto cells,
           Ledger::open({&object.maps()[place->map], place->offset, place->stride, place->cells}));
  return UnwantedCounter(std::move(cells));
}

Result<std::optional<Ledger::Place>> Ledger::find(const Object& object, std::string_view ring) {
  const ObjectSpec& spec = object.spec();
  const Variable* variable = stream::find_ledger(spec, ring);
  if (variable == nullptr) return std::nullopt;
  auto place = place_in(spec.types, spec.types.strip(variable->type), "lost");
  if (!place || place->count == 0 || variable->map >= object.maps().size()) {
    return fail(ErrorKind::bad_input, "the ledger of '{}' has no counters 'cells[].lost'", ring);
  }
  place->first += variable->offset;
  place->section = &object.maps()[variable->map];
  return place;
}

Result<Ledger> Ledger::open(const Place& place) {
  if (place.section == nullptr || place.stride < sizeof(std::uint64_t) || place.count == 0) {
    return fail(ErrorKind::bad_input, "this is no place of a ledger");
  }
  SKEP_TRY(Mapping section, place.section->mapped(false));
  const std::uint64_t length = (place.count - 1) * place.stride + sizeof(std::uint64_t);
  const auto cells = slice(section.bytes(), place.first, length);
  if (!cells || place.first % 8 != 0 || place.stride % 8 != 0) {
    return fail(ErrorKind::bad_input, "a ledger lies outside its section '{}'",
                place.section->name());
  }
  return Ledger(std::move(section), *cells, place.stride);
}

Result<std::optional<Ledger>> Ledger::open(const Object& object, std::string_view ring) {
  SKEP_TRY(const auto place, find(object, ring));
  if (!place) return std::nullopt;
  SKEP_TRY(auto opened, open(*place));
  return opened;
}

std::uint64_t Ledger::lost() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < cells_.size(); at += stride_) {
    sum += __atomic_load_n(reinterpret_cast<const std::uint64_t*>(cells_.data() + at),
                           __ATOMIC_RELAXED);
  }
  return sum;
}

}  // namespace skep
