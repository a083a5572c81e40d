// run/early.hpp: what a program says of a record before it makes it: SKEP_EARLY of
// bpf/skep/stream.bpf.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/where.hpp"
#include "run/plan.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// The function that is asked, of one stream.
struct EarlyQuestion {
  std::uint32_t function = 0;   // index into ObjectSpec::functions
  btf::TypeId type = 0;         // of what it is given, in ObjectSpec::types: a struct
  std::uint32_t alignment = 1;  // of that, bytes
};

// Whether any function of the object calls that one; an index into ObjectSpec::functions.
[[nodiscard]] bool is_called(const ObjectSpec& spec, std::uint32_t function);

// Nothing where no program of the object asks.
[[nodiscard]] std::optional<EarlyQuestion> find_early_question(const ObjectSpec& spec,
                                                               std::string_view stream);

// Which bits of such a record are known then, and where: those of members that both have by the
// same name, whose values are the same bytes. None of a record whose type is a guess among several,
// or the user's (--type): what it calls `pid` need not be what the program does.
[[nodiscard]] std::vector<record::SameBits> known_early(const ObjectSpec& spec,
                                                        const EarlyQuestion& question,
                                                        const PlannedRecord& record);

// A sentence for each member that says nothing of any record of its stream.
[[nodiscard]] std::vector<std::string> notes_on_early(const ObjectSpec& spec,
                                                      const std::vector<PlannedStream>& streams);

}  // namespace skep::run
