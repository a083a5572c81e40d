// stream/record_type.hpp: which type the records of a ring buffer have.
#pragma once

#include <optional>
#include <string>

#include "skep/spec.hpp"

namespace skep::stream {

struct RecordType {
  btf::TypeId type = 0;
  std::string found_by;  // in words
};

// What the records of a ring buffer are. In this order: the ledger of bpf/skep/stream.bpf.h;
// `__type(value, …)` in the map's definition; a global `struct X *unused` (bpf2go's idiom) when it
// is the only one.
[[nodiscard]] std::optional<RecordType> find_record_type(const ObjectSpec& spec,
                                                         const MapSpec& map);

}  // namespace skep::stream
