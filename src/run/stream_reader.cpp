#include "run/stream_reader.hpp"

#include <utility>

#include "stream/rings.hpp"

namespace skep::run {

Unread count_unread(const std::vector<Stream>& streams) {
  Unread out;
  for (const auto& stream : streams) {
    out.lost += stream.lost().value_or(0);
    out.losses_known &= stream.lost().has_value();
    out.kept_back += stream.kept_back();
  }
  return out;
}

Result<Stream> open_stream(const Object& object, const PlannedStream& planned,
                           const SessionOptions& options, Stacks* stacks) {
  SKEP_TRY(const Map* map, object.map(planned.map));
  if (planned.type == MapType::perf_event_array) {
    SKEP_TRY(auto reader, PerfReader::open(*map, {.in_order = true}));
    return Stream{{}, std::move(reader), RowWriter(planned, options, stacks), {}, {}};
  }
  std::vector<const Map*> maps;
  stream::add_rings(*map, maps);
  if (maps.empty()) maps.push_back(map);  // none was made: opening it says so
  std::vector<RingReader> rings;
  for (const Map* ring : maps) {
    SKEP_TRY(auto reader, RingReader::open(*ring));
    rings.push_back(std::move(reader));
  }
  SKEP_TRY(auto ledger, Ledger::open(object, planned.map));
  SKEP_TRY(auto unwanted, stream::UnwantedCounter::open(object, planned.map));
  return Stream{std::move(rings), std::nullopt, RowWriter(planned, options, stacks),
                std::move(ledger), std::move(unwanted)};
}

}  // namespace skep::run
