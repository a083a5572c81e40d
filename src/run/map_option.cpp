#include "run/map_option.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "run/map_entry.hpp"
#include "run/map_kinds.hpp"

namespace skep::run {
namespace {

using nlohmann::ordered_json;

constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;  // of a file

Result<GivenEntry> parse_option(const std::string& option) {
  const auto bracket = option.find('[');
  const auto end = option.find("]=", bracket);
  if (bracket == 0 || bracket == std::string::npos || end == std::string::npos) {
    return fail(ErrorKind::invalid_argument,
                "--map '{}': it takes MAP[KEY]=VALUE, as in 'ports[80]=3'", option);
  }
  GivenEntry out;
  out.map = option.substr(0, bracket);
  out.key = option.substr(bracket + 1, end - bracket - 1);
  out.option = "--map " + option.substr(0, end + 1);
  out.text = option.substr(end + 2);
  out.is_text = true;
  return out;
}

// A value of JSON as one that was written by hand. Precondition: the library's own limit of depth
// holds no more than parsing took.
Result<record::Literal> literal_of(const ordered_json& json, unsigned depth = 0) {
  record::Literal out;
  if (depth > 32) return fail(ErrorKind::invalid_argument, "too many levels");
  if (json.is_null()) return fail(ErrorKind::invalid_argument, "null is no value");
  if (json.is_array() || json.is_object()) {
    using Kind = record::Literal::Kind;
    out.kind = json.is_array() ? Kind::list : Kind::fields;
    for (const auto& [name, value] : json.items()) {
      SKEP_TRY(auto item, literal_of(value, depth + 1));
      out.items.push_back(std::move(item));
      if (json.is_object()) out.names.push_back(name);
    }
    return out;
  }
  out.text = json.is_string() ? json.get<std::string>() : json.dump();
  return out;
}

Result<void> add_map(ObjectSpec& spec, const std::string& file, const std::string& map,
                     const ordered_json& entries, MapWrites& out) {
  const bool has_keys = entries.is_object();
  if (!has_keys && !entries.is_array()) {
    return fail(ErrorKind::invalid_argument,
                "--map-file {}: {}: it takes an object of keys and values, or a list", file, map);
  }
  const auto* known = spec.find_map(map);
  const bool has_no_key = known != nullptr && known->key_size == 0;
  for (const auto& [key, value] : entries.items()) {
    GivenEntry given{
        .map = map, .key = has_no_key ? "" : key, .option = {}, .literal = {}, .text = {}};
    given.option = fmt::format("--map-file {}: {}[{}]", file, map, key);
    auto literal = literal_of(value);
    if (!literal) return add_context(std::move(literal).error(), "{}", given.option);
    given.literal = *std::move(literal);
    SKEP_CHECK(add_entry(spec, given, out));
  }
  return {};
}

Result<void> add_file(ObjectSpec& spec, const std::string& file, MapWrites& out) {
  SKEP_TRY(const auto bytes, read_file(file, most_bytes));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return fail(ErrorKind::invalid_argument,
                "--map-file {}: it is no JSON object such as {{\"ports\": {{\"80\": 3}}}}", file);
  }
  for (const auto& [map, entries] : json.items()) {
    SKEP_CHECK(add_map(spec, file, map, entries, out));
  }
  return {};
}

// Each CPU begins with the same.
std::vector<std::byte> value_for(const Map& map, const MapWrite& write) {
  if (write.held) {
    const int fd = write.held.get();
    const auto bytes = std::as_bytes(std::span(&fd, 1));
    return {bytes.begin(), bytes.end()};
  }
  if (!is_per_cpu(map.type())) return write.value;
  const std::size_t stride = (write.value.size() + 7) / 8 * 8;
  std::vector<std::byte> out(map.value_bytes());
  for (std::size_t at = 0; stride > 0 && at + stride <= out.size(); at += stride) {
    std::memcpy(out.data() + at, write.value.data(), write.value.size());
  }
  return out;
}

}  // namespace

Result<MapWrites> plan_map_writes(ObjectSpec& spec, const std::vector<std::string>& options,
                                  const std::filesystem::path& file) {
  MapWrites out;
  if (!file.empty()) SKEP_CHECK(add_file(spec, file.native(), out));
  for (const auto& option : options) {
    SKEP_TRY(const auto given, parse_option(option));
    SKEP_CHECK(add_entry(spec, given, out));
  }
  return out;
}

Result<void> write_maps(const Object& object, const MapWrites& writes) {
  for (const auto& write : writes.writes) {
    SKEP_TRY(const Map* map, object.map(write.map));
    auto written = map->update(write.key, value_for(*map, write));
    if (!written) return add_context(std::move(written).error(), "{}", write.option);
  }
  return {};
}

}  // namespace skep::run
