#include "run/left_out.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "object/rings.hpp"
#include "stream/ledger.hpp"

namespace skep::run {
namespace {

using Outputs = std::vector<stream::Output>;

// SKEP_SCRATCH of bpf/skep/stream.bpf.h: memory of the program, nothing to show.
bool is_scratch(const ObjectSpec& spec, const MapSpec& map) {
  return map.value_type != 0 &&
         spec.types.strip(map.value_type).name().starts_with("skep_scratch_");
}

// Local storage hangs on tasks, sockets and files: it has no keys to list.
bool is_local_storage(const MapSpec& map) {
  return map.type == MapType::task_storage || map.type == MapType::sk_storage ||
         map.type == MapType::inode_storage || map.type == MapType::cgrp_storage;
}

// What the loader tells USDT programs of their arguments.
bool is_usdt(const MapSpec& map) { return map.name.starts_with("__bpf_usdt_"); }

template <typename Planned>
bool has(const std::vector<Planned>& planned, const std::string& map) {
  return std::ranges::find(planned, map, &Planned::map) != planned.end();
}

// Records are made there before they are sent.
bool is_workbench(const ObjectSpec& spec, const Outputs& outputs, const MapSpec& map) {
  return std::ranges::any_of(outputs, [&](const stream::Output& output) {
    return output.place == stream::Output::Place::map_value && &spec.maps[output.place_map] == &map;
  });
}

template <typename Use>
void each_row(const Plan& plan, Use use) {
  for (const auto& stream : plan.streams) {
    for (const auto& record : stream.records) use(record.stacks);
  }
  for (const auto& table : plan.tables) use(table.stacks);
}

// Whether a row's stacks are looked up in that map.
bool is_referred_to(const Plan& plan, const std::string& map) {
  bool any = false;
  each_row(plan, [&](const RowStacks& row) {
    for (const auto& stack : row.stacks) any |= std::ranges::count(stack.maps, map) > 0;
  });
  return any;
}

std::string_view why_not_data(const MapSpec& map) {
  if (map.name == stream::own_section)
    return "what skep and its programs tell each other of streams";
  switch (map.section) {
    case DataSection::rodata:
      return "constants, of which those that are volatile are parameters";
    case DataSection::kconfig:
      return "values of the kernel's configuration";
    default:
      return "no variable of its own that could be shown";
  }
}

// Why nobody misses it; empty where somebody may.
std::string_view why_quietly(const ObjectSpec& spec, const Outputs& outputs, const MapSpec& map) {
  if (map.is_data()) return why_not_data(map);
  if (is_scratch(spec, map)) return "memory that its programs work in";
  if (is_usdt(map)) return "what skep tells its programs of the arguments of probes";
  if (is_workbench(spec, outputs, map)) return "records are made in it";
  if (map.type == MapType::struct_ops) return "the kernel calls the programs in it";
  return {};
}

std::string_view why_not(const MapSpec& map) {
  if (is_local_storage(map)) return "it hangs on tasks, sockets, files or groups and has no list";
  switch (map.type) {
    case MapType::stack_trace:
      return "no column of a row was found to be an id of its stacks";
    case MapType::queue:
    case MapType::stack:
      return "who reads it empties it";
    case MapType::bloom_filter:
      return "it only answers whether something may be in it";
    case MapType::user_ringbuf:
      return "user space writes it, and programs read it";
    case MapType::perf_event_array:
      return "no program was found to send records by it";
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::reuseport_sockarray:
      return "the kernel lists its sockets only where values have 8 bytes";
    default:
      return "skep does not show maps of its type";
  }
}

}  // namespace

bool may_be_table(const ObjectSpec& spec, const Outputs& outputs, const MapSpec& map) {
  if (object::has_ring_per_cpu(spec, map)) return false;  // a stream
  return map.is_data() || why_quietly(spec, outputs, map).empty();
}

std::string why_no_table(const ObjectSpec& spec, const Outputs& outputs, const MapSpec& map) {
  const auto index = static_cast<std::uint32_t>(&map - spec.maps.data());
  const bool is_stream = map.type == MapType::ringbuf || object::has_ring_per_cpu(spec, map) ||
                         std::ranges::count(outputs, index, &stream::Output::map) > 0;
  if (is_stream) return "its records are rows already";
  if (map.type == MapType::stack_trace) return "its stacks stand in the rows that have their ids";
  const auto quietly = why_quietly(spec, outputs, map);
  return std::string(quietly.empty() ? why_not(map) : quietly);
}

std::vector<PlannedLeftOut> find_left_out(const ObjectSpec& spec, const Outputs& outputs,
                                          const Plan& plan) {
  std::vector<PlannedLeftOut> out;
  for (const auto& map : spec.maps) {
    if (has(plan.streams, map.name) || has(plan.tables, map.name)) continue;
    if (map.type == MapType::stack_trace && is_referred_to(plan, map.name)) continue;
    const auto quietly = why_quietly(spec, outputs, map);
    out.push_back({.map = map.name,
                   .type = map.type,
                   .why = std::string(quietly.empty() ? why_not(map) : quietly),
                   .is_missed = quietly.empty()});
  }
  return out;
}

std::vector<std::string> notes_on_left_out(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto& one : plan.left_out) {
    if (!one.is_missed) continue;
    out.push_back(
        fmt::format("map '{}' ({}) is not shown: {}", one.map, name_of(one.type), one.why));
  }
  std::vector<std::string> hidden;
  for (const auto& table : plan.tables) {
    if (table.shown || table.is_globals) continue;
    if (table.is_hidden) {
      out.push_back(
          fmt::format("map '{}' is not shown: its author hides it (SKEP_HIDDEN)", table.map));
    } else {
      hidden.push_back(table.map);
    }
  }
  if (!hidden.empty()) {
    // Without records and lines, only who chose others with --show has tables that are not shown.
    const bool has_rows = plan.prints || !plan.streams.empty() || !plan.iterators.empty();
    out.push_back(fmt::format("not shown, as {}: {}; --show {} shows it at the end",
                              has_rows ? "there are rows" : "--show names others",
                              fmt::join(hidden, ", "), hidden.front()));
  }
  return out;
}

}  // namespace skep::run
