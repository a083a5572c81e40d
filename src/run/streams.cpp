#include "run/streams.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "kernel/host.hpp"
#include "object/rings.hpp"
#include "record/operation.hpp"
#include "stream/ledger.hpp"
#include "stream/outputs.hpp"
#include "stream/record_type.hpp"

namespace skep::run {
namespace {

// "events=event" → {"events", "event"}; "struct " may stand before the type.
struct WantedType {
  std::string map, type;
};

Result<WantedType> parse_wanted(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(ErrorKind::invalid_argument,
                "--type '{}': it takes MAP=TYPE, as in --type events=event", text);
  }
  std::string type = text.substr(equals + 1);
  for (const std::string_view tag : {"struct ", "union "}) {
    if (type.starts_with(tag)) type.erase(0, tag.size());
  }
  return WantedType{text.substr(0, equals), std::move(type)};
}

std::optional<btf::Type> find_type(const Btf& types, std::string_view name) {
  for (const auto kind : {btf::Kind::struct_, btf::Kind::union_, btf::Kind::typedef_}) {
    if (auto found = types.find(name, kind)) return found;
  }
  return std::nullopt;
}

class Streams {
 public:
  Streams(const ObjectSpec& spec, const PlanOptions& options,
          std::span<const stream::Output> outputs)
      : spec_(spec), options_(options), outputs_(outputs) {}

  Result<std::vector<PlannedStream>> find() {
    std::vector<WantedType> wanted;
    for (const auto& text : options_.types) {
      SKEP_TRY(auto one, parse_wanted(text));
      wanted.push_back(std::move(one));
    }
    std::vector<PlannedStream> out;
    for (std::uint32_t i = 0; i < spec_.maps.size(); ++i) {
      if (!is_stream(i)) continue;
      SKEP_TRY(auto planned, plan(i, wanted));
      out.push_back(std::move(planned));
    }
    SKEP_CHECK(check(wanted, out));
    return out;
  }

 private:
  // A perf event array may also be there to read counters.
  [[nodiscard]] bool is_stream(std::uint32_t map) const {
    if (spec_.maps[map].type == MapType::ringbuf) return true;
    if (object::has_ring_per_cpu(spec_, spec_.maps[map])) return true;
    return spec_.maps[map].type == MapType::perf_event_array &&
           std::ranges::find(outputs_, map, &stream::Output::map) != outputs_.end();
  }

  [[nodiscard]] Result<PlannedStream> plan(std::uint32_t index,
                                           const std::vector<WantedType>& wanted) const {
    const MapSpec& map = spec_.maps[index];
    const bool is_ring = map.type != MapType::perf_event_array;
    PlannedStream planned{.map = map.name, .type = is_ring ? MapType::ringbuf : map.type};
    planned.is_per_cpu = is_ring && map.type != MapType::ringbuf;
    if (is_ring) planned.bytes = (planned.is_per_cpu ? map.inner.front() : map).max_entries;
    planned.has_ledger = !is_ring || stream::find_ledger(spec_, map.name) != nullptr;
    for (const auto& one : wanted) {
      if (one.map != map.name) continue;
      SKEP_CHECK(add(planned, one));
    }
    if (!planned.records.empty()) return planned;
    const auto is_of_kernel = [this](std::string_view name, std::uint32_t bytes) {
      return kernel_has(name, bytes);
    };
    for (auto& found :
         stream::find_record_types(spec_, index, outputs_, options_.locals, is_of_kernel)) {
      SKEP_TRY(auto schema, record::make_schema(found.types, found.type));
      if (!found.size && !found.is_declared) schema = record::open_ended(std::move(schema));
      planned.records.push_back({.schema = std::move(schema),
                                 .bytes = found.size,
                                 .found_by = std::move(found.found_by),
                                 .others = std::move(found.others),
                                 .mixed = std::move(found.mixed),
                                 .tag = found.tag,
                                 .types = std::move(found.types),
                                 .type = found.type});
    }
    return planned;
  }

  // The kernel's types are read when they are asked for the first time. Without them every type is
  // its author's.
  [[nodiscard]] bool kernel_has(std::string_view name, std::uint32_t bytes) const {
    if (!kernel_types_) {
      kernel_types_ = kernel::read_kernel_types(kernel::real_syscalls()).value_or(Btf());
    }
    const auto type = kernel_types_->find(name, btf::Kind::struct_);
    return type && type->size() == bytes;
  }

  // A type that the user named.
  [[nodiscard]] Result<void> add(PlannedStream& planned, const WantedType& wanted) const {
    for (const Btf* types : {&spec_.types, &options_.locals.types}) {
      const auto type = find_type(*types, wanted.type);
      if (!type) continue;
      SKEP_TRY(auto schema, record::make_schema(*types, type->id()));
      const bool is_open = record::is_open(schema);
      const auto bytes = is_open ? std::nullopt : std::optional(schema.size);
      PlannedRecord record{.schema = std::move(schema),
                           .bytes = bytes,
                           .found_by = "--type",
                           .others = {},
                           .types = *types};
      // What is of any length takes what the others leave.
      auto& records = planned.records;
      const auto rest = std::ranges::find_if(
          records, [](const PlannedRecord& one) { return !one.bytes.has_value(); });
      records.insert(is_open ? records.end() : rest, std::move(record));
      return {};
    }
    return std::unexpected(
        Error(ErrorKind::not_found,
              fmt::format("--type {}={}: the object has no such type", wanted.map, wanted.type))
            .hint("An object without DWARF knows those of its maps, globals and functions only; "
                  "one that skep compiles itself, all that its functions use."));
  }

  [[nodiscard]] static Result<void> check(const std::vector<WantedType>& wanted,
                                          const std::vector<PlannedStream>& streams) {
    for (const auto& one : wanted) {
      if (std::ranges::find(streams, one.map, &PlannedStream::map) != streams.end()) continue;
      const auto names = maps_of(streams);
      return std::unexpected(
          Error(
              ErrorKind::not_found,
              fmt::format("--type {}={}: no ring or perf buffer has that name", one.map, one.type))
              .hint(names.empty() ? "The object has none."
                                  : fmt::format("The object has {}.", fmt::join(names, ", "))));
    }
    return {};
  }

  const ObjectSpec& spec_;
  const PlanOptions& options_;
  std::span<const stream::Output> outputs_;
  mutable std::optional<Btf> kernel_types_;
};

bool is_sent_to(const ObjectSpec& spec, const PlannedStream& stream,
                std::span<const stream::Output> outputs) {
  const auto map = std::ranges::find(spec.maps, stream.map, &MapSpec::name);
  const auto index = static_cast<std::uint32_t>(map - spec.maps.begin());
  return std::ranges::any_of(outputs, [&](const stream::Output& output) {
    return stream::may_reach(spec, output, index);
  });
}

}  // namespace

Result<std::vector<PlannedStream>> find_streams(const ObjectSpec& spec, const PlanOptions& options,
                                                std::span<const stream::Output> outputs) {
  return Streams(spec, options, outputs).find();
}

std::vector<std::string> notes_on_streams(const ObjectSpec& spec,
                                          const std::vector<PlannedStream>& streams,
                                          std::span<const stream::Output> outputs) {
  std::vector<std::string> out;
  for (const auto& stream : streams) {
    if (stream.records.empty() && is_sent_to(spec, stream, outputs)) {
      out.push_back(fmt::format(
          "records of '{0}' are shown as hex: nothing names their type; --type {0}=TYPE does",
          stream.map));
    }
    for (const auto& record : stream.records) {
      if (!record.mixed.empty()) {
        out.push_back(fmt::format(
            "records of '{0}' are {1} or {2}, of one size, and no number tells which: all are "
            "shown as {1}; --type {0}=TYPE takes another, --only PROGRAM one program's",
            stream.map, record.schema.name, fmt::join(record.mixed, " or ")));
      } else if (!record.others.empty()) {
        out.push_back(fmt::format(
            "records of '{0}' are shown as {1}, by {2}; {3} would fit, too: "
            "--type {0}=TYPE",
            stream.map, record.schema.name, record.found_by, fmt::join(record.others, ", ")));
      }
    }
  }
  for (const auto& map : spec.maps) {
    const bool is_read = !map.slots.empty() || object::has_ring_per_cpu(spec, map);
    if (!object::holds_rings(map) || is_read) continue;
    out.push_back(
        fmt::format("'{}': ring buffers that other programs put there are not read", map.name));
  }
  return out;
}

}  // namespace skep::run
