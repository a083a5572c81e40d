#include "run/map_entry.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "hook/cgroup_path.hpp"
#include "kernel/pin.hpp"
#include "record/syscall.hpp"
#include "record/value.hpp"
#include "skep/address.hpp"

namespace skep::run {
namespace {

using record::Unit;

Result<MapSpec*> find_map(ObjectSpec& spec, const GivenEntry& given) {
  if (auto* map = spec.find_map(given.map)) return map;
  std::vector<std::string> names;
  for (const auto& map : spec.maps) {
    if (!map.is_data()) names.push_back(map.name);
  }
  Error error(ErrorKind::not_found, fmt::format("{}: there is no such map", given.option));
  if (names.empty()) return std::unexpected(std::move(error).hint("The object has no maps."));
  return std::unexpected(std::move(error).hint(fmt::format("Its maps are {}.", enumerate(names))));
}

Result<void> check_kind(const MapSpec& map, const GivenEntry& given) {
  if (map.is_data()) {
    return fail(ErrorKind::invalid_argument,
                "{}: its variables have options of their own: --help shows them", given.option);
  }
  switch (map.type) {
    case MapType::ringbuf:
    case MapType::user_ringbuf:
    case MapType::perf_event_array:
    case MapType::stack_trace:
    case MapType::struct_ops:
    case MapType::arena:
    case MapType::sk_storage:
    case MapType::inode_storage:
    case MapType::task_storage:
    case MapType::cgrp_storage:
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::xskmap:
    case MapType::reuseport_sockarray:
      return fail(ErrorKind::unsupported, "{}: a {} has no entries that could be given",
                  given.option, name_of(map.type));
    default:
      return {};
  }
}

// A number, or hexadecimal digits, of which nothing is known but how many bytes it has.
Result<std::vector<std::byte>> parse_untyped(std::uint32_t size, const std::string& text,
                                             const std::string& path) {
  std::vector<std::byte> out(size);
  std::uint64_t number = 0;
  const bool is_hex = text.starts_with("0x");
  const char* begin = text.data() + (is_hex ? 2 : 0);
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(begin, end, number, is_hex ? 16 : 10);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
  const bool fits = size >= 8 || (size > 0 && number >> (size * 8) == 0);
  if (!is_number || !fits || size > 8) {
    return fail(ErrorKind::invalid_argument,
                "{} '{}': nothing is known of its type; it takes a number of at most {} bytes",
                path, text, std::min<std::uint32_t>(size, 8));
  }
  std::memcpy(out.data(), &number, std::min<std::size_t>(size, sizeof(number)));
  return out;
}

// "10.0.0.0/8": the length of the prefix, then the address.
std::optional<std::vector<std::byte>> parse_prefix(const MapSpec& map, std::string_view text) {
  const auto slash = text.find('/');
  if (map.type != MapType::lpm_trie || slash == std::string_view::npos) return std::nullopt;
  std::uint32_t length = 0;
  const auto digits = text.substr(slash + 1);
  const auto parsed = std::from_chars(digits.begin(), digits.end(), length);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == digits.end();
  std::vector<std::byte> out(map.key_size);
  const auto put = [&](const auto& address) {
    if (!address || out.size() != sizeof(length) + address->bytes.size()) return false;
    if (length > address->bytes.size() * 8) return false;
    std::memcpy(out.data(), &length, sizeof(length));
    std::memcpy(out.data() + sizeof(length), address->bytes.data(), address->bytes.size());
    return true;
  };
  const auto address = text.substr(0, slash);
  if (!is_number) return std::nullopt;
  if (put(Ipv4Address::parse(address)) || put(Ipv6Address::parse(address))) return out;
  return std::nullopt;
}

bool is_array(MapType type) noexcept {
  return type == MapType::array || type == MapType::percpu_array || type == MapType::prog_array ||
         type == MapType::cgroup_array || type == MapType::array_of_maps ||
         type == MapType::devmap || type == MapType::cpumap;
}

Result<std::vector<std::byte>> key_of(const ObjectSpec& spec, const MapSpec& map,
                                      const GivenEntry& given) {
  if (map.key_size == 0) {
    if (given.key.empty()) return std::vector<std::byte>();
    return fail(ErrorKind::invalid_argument, "{}: a {} has no keys: {}[]=VALUE", given.option,
                name_of(map.type), map.name);
  }
  const auto path = given.option + ": key";
  if (auto prefix = parse_prefix(map, given.key)) return *std::move(prefix);
  std::string text = given.key;
  if (map.type == MapType::prog_array) {
    if (const auto number = record::number_of_syscall(text)) text = std::to_string(*number);
  }
  auto key = map.key_type != 0
                 ? record::parse_value(spec.types, map.key_type, text, {path, "", Unit::none})
                 : parse_untyped(map.key_size, text, path);
  if (!key || !is_array(map.type)) return key;
  std::uint32_t index = 0;
  std::memcpy(&index, key->data(), std::min(sizeof(index), key->size()));
  if (index < map.max_entries) return key;
  return fail(ErrorKind::invalid_argument, "{} {}: the map has {} entries, from 0 on", path, index,
              map.max_entries);
}

// The word that stands for something of the object, without its prefix.
std::optional<std::string> reference(const GivenEntry& given, std::string_view prefix) {
  const auto& text = given.is_text ? given.text : given.literal.text;
  if (!text.starts_with(prefix)) return std::nullopt;
  return text.substr(prefix.size());
}

template <typename Things>
Result<std::uint32_t> index_of(const Things& things, const std::string& name, std::string_view what,
                               const GivenEntry& given) {
  const auto found = std::ranges::find(things, name, [](const auto& thing) { return thing.name; });
  if (found != things.end()) return static_cast<std::uint32_t>(found - things.begin());
  std::vector<std::string> names;
  names.reserve(things.size());
  for (const auto& thing : things) names.push_back(thing.name);
  return std::unexpected(
      Error(ErrorKind::not_found, fmt::format("{}: there is no {} '{}'", given.option, what, name))
          .hint(names.empty() ? fmt::format("The object has none.")
                              : fmt::format("There is {}.", enumerate(names))));
}

void set_slot(MapSpec& map, std::uint32_t index, std::uint32_t target) {
  std::erase_if(map.slots, [&](const MapSlot& slot) { return slot.index == index; });
  map.slots.push_back({index, target});
  std::ranges::sort(map.slots, {}, &MapSlot::index);
}

// What is no number but a thing: a descriptor.
Result<void> add_held(const GivenEntry& given, Result<Fd> fd, std::vector<std::byte> key,
                      MapWrites& out) {
  if (!fd) return add_context(std::move(fd).error(), "{}", given.option);
  out.writes.push_back(
      {given.map, given.option, std::move(key), std::vector<std::byte>(), *std::move(fd)});
  return {};
}

Result<Fd> open_cgroup(const std::string& path) {
  SKEP_TRY(auto fd, open_file(path, O_RDONLY | O_DIRECTORY));
  struct statfs system{};
  if (::fstatfs(fd.get(), &system) == 0 && system.f_type == CGROUP2_SUPER_MAGIC) return fd;
  return fail(ErrorKind::invalid_argument, "{}: it is no cgroup of version 2", path);
}

// The value of a map of programs or maps.
Result<void> add_reference(ObjectSpec& spec, MapSpec& map, const GivenEntry& given,
                           std::vector<std::byte> key, MapWrites& out) {
  const bool is_program = map.type == MapType::prog_array;
  const auto name = reference(given, is_program ? "prog:" : "map:");
  if (!name) {
    const auto pin = reference(given, "").value_or("");
    if (!pin.starts_with('/')) {
      return fail(ErrorKind::invalid_argument, "{} '{}': it takes {}:NAME, or the path of a pin",
                  given.option, pin, is_program ? "prog" : "map");
    }
    return add_held(given, kernel::open_pin(kernel::real_syscalls(), pin), std::move(key), out);
  }
  std::uint32_t index = 0;
  std::memcpy(&index, key.data(), std::min(sizeof(index), key.size()));
  if (is_program) {
    SKEP_TRY(const auto target, index_of(spec.programs, *name, "program", given));
    spec.programs[target].autoload = true;
    out.called.insert(*name);
    set_slot(map, index, target);
    return {};
  }
  if (map.key_size != sizeof(index)) {
    return fail(ErrorKind::unsupported, "{}: maps of maps with keys of {} bytes", given.option,
                map.key_size);
  }
  SKEP_TRY(const auto target, index_of(spec.maps, *name, "map", given));
  set_slot(map, index, target);
  return {};
}

Result<std::vector<std::byte>> value_of(const ObjectSpec& spec, const MapSpec& map,
                                        const GivenEntry& given) {
  if (map.value_type == 0) {
    return parse_untyped(map.value_size, reference(given, "").value_or(""), given.option);
  }
  const record::ValuePlace place{given.option, map.name, Unit::none};
  return given.is_text ? record::parse_value(spec.types, map.value_type, given.text, place)
                       : record::encode_value(spec.types, map.value_type, given.literal, place);
}

Result<void> check_size(std::size_t have, std::uint32_t want, const GivenEntry& given) {
  if (have == want) return {};
  return fail(ErrorKind::bad_input, "{}: the type has {} bytes and the map wants {}", given.option,
              have, want);
}

}  // namespace

Result<void> add_entry(ObjectSpec& spec, const GivenEntry& given, MapWrites& out) {
  SKEP_TRY(MapSpec * map, find_map(spec, given));
  SKEP_CHECK(check_kind(*map, given));
  SKEP_TRY(auto key, key_of(spec, *map, given));
  SKEP_CHECK(check_size(key.size(), map->key_size, given));
  const bool holds_things = map->type == MapType::prog_array ||
                            map->type == MapType::array_of_maps ||
                            map->type == MapType::hash_of_maps;
  if (holds_things) return add_reference(spec, *map, given, std::move(key), out);
  if (map->type == MapType::cgroup_array) {
    auto path = hook::find_cgroup(kernel::real_syscalls(), reference(given, "").value_or(""));
    if (!path) return add_context(std::move(path).error(), "{}", given.option);
    return add_held(given, open_cgroup(*path), std::move(key), out);
  }
  SKEP_TRY(auto value, value_of(spec, *map, given));
  SKEP_CHECK(check_size(value.size(), map->value_size, given));
  out.writes.push_back({given.map, given.option, std::move(key), std::move(value), Fd()});
  return {};
}

}  // namespace skep::run
