#include "run/streams.hpp"

#include "stream/ledger.hpp"
#include "stream/record_type.hpp"

namespace skep::run {

Result<std::vector<PlannedStream>> find_streams(const ObjectSpec& spec) {
  std::vector<PlannedStream> out;
  for (const auto& map : spec.maps) {
    if (map.type != MapType::ringbuf) continue;
    PlannedStream planned{.map = map.name, .bytes = map.max_entries};
    planned.has_ledger = stream::find_ledger(spec, map.name) != nullptr;
    if (auto found = stream::find_record_type(spec, map)) {
      SKEP_TRY(planned.schema, record::make_schema(spec.types, found->type));
      planned.found_by = std::move(found->found_by);
    }
    out.push_back(std::move(planned));
  }
  return out;
}

}  // namespace skep::run
