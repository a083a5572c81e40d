#include "run/live.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "base/file.hpp"
#include "kernel/bpf.hpp"
#include "kernel/info.hpp"
#include "record/tags.hpp"
#include "record/text.hpp"
#include "record/value.hpp"
#include "skep/introspect.hpp"
#include "stream/ledger.hpp"

namespace skep::run {
namespace {

namespace fs = std::filesystem;

// As /proc/PID/fd shows it; the version of what stands in it is part of the name.
constexpr const char* file_name = "skep-session-1";
constexpr std::string_view link_target = "/memfd:skep-session-1 (deleted)";
constexpr std::uint64_t most_bytes = 64 << 10;

// One of string literals alone has no variables, and cannot be mapped.
bool is_announced(const MapSpec& map) {
  const bool has_variables = (map.flags & kernel::map_flag_mmapable) != 0;
  return map.is_data() && has_variables && map.name != stream::own_section;
}

// What others wrote does not reach a terminal as it is.
std::string visible(std::string_view text) {
  std::string out;
  record::Writer writer(out);
  record::write_visible_text(writer, text);
  return std::string(writer.from(0), writer.size());
}

// The number that a name in /proc is.
std::optional<int> process_of(const std::string& name) {
  int number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

// Where the process holds its announcement; empty when it has none.
fs::path announcement_of(const fs::path& process) {
  std::error_code error;
  for (fs::directory_iterator at(process / "fd", error), end; !error && at != end;
       at.increment(error)) {
    std::error_code ignored;
    if (fs::read_symlink(at->path(), ignored).native() == link_target) return at->path();
  }
  return {};
}

// Anybody can say that he is a session: he is believed when he holds all of the maps himself.
bool holds_all(int process, const std::vector<std::uint32_t>& claimed) {
  const auto holders = find_holders(process);
  if (!holders) return false;
  std::set<std::uint32_t> mine;
  for (const auto& holder : holders->all) {
    if (holder.thing == HeldThing::map) mine.insert(holder.id);
  }
  return std::ranges::all_of(claimed, [&](std::uint32_t id) { return mine.contains(id); });
}

// "NAME\nID ID …\n".
std::optional<RunningSession> parse(int process, std::string_view text) {
  const auto line = text.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  RunningSession out{.process = process, .name = visible(text.substr(0, line)), .maps = {}};
  std::istringstream ids{std::string(text.substr(line))};
  for (std::uint32_t id = 0; ids >> id;) out.maps.push_back(id);
  return out;
}

std::vector<LiveVariable> variables_of(const Btf& types, btf::TypeId section) {
  std::vector<LiveVariable> out;
  for (const auto& place : types.type(section).variables()) {
    const auto variable = types.type(place.type);
    if (!variable.is(btf::Kind::var)) continue;
    out.push_back({std::string(variable.name()), place.offset, place.size, variable.target()});
  }
  return out;
}

// Programs read it at any moment: a number is never seen half written.
template <typename Number>
bool store_at_once(std::span<std::byte> to, std::span<const std::byte> from) {
  if (to.size() != sizeof(Number)) return false;
  if (reinterpret_cast<std::uintptr_t>(to.data()) % sizeof(Number) != 0) return false;
  Number value{};
  std::memcpy(&value, from.data(), sizeof(value));
  __atomic_store_n(reinterpret_cast<Number*>(to.data()), value, __ATOMIC_RELAXED);
  return true;
}

void store(std::span<std::byte> to, std::span<const std::byte> from) {
  const bool done = store_at_once<std::uint64_t>(to, from) ||
                    store_at_once<std::uint32_t>(to, from) ||
                    store_at_once<std::uint16_t>(to, from);
  if (!done) std::memcpy(to.data(), from.data(), std::min(to.size(), from.size()));
}

}  // namespace

Result<Announcement> Announcement::make(const Object& object) {
  std::string text = object.spec().name + "\n";
  for (const Map& map : object.maps()) {
    if (!is_announced(map.spec()) || map.fd() < 0) continue;
    SKEP_TRY(const auto id, map.id());
    text += std::to_string(id) + " ";
  }
  Fd file(::memfd_create(file_name, MFD_CLOEXEC));
  if (!file) return fail_errno(errno, "announce the session: memfd_create");
  SKEP_CHECK(write_all(file.get(), std::as_bytes(std::span(text))));
  return Announcement(std::move(file));
}

Result<std::vector<RunningSession>> find_sessions() {
  std::vector<RunningSession> out;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    const auto process = process_of(at->path().filename().native());
    if (!process) continue;
    const auto file = announcement_of(at->path());
    if (file.empty()) continue;
    const auto bytes = read_file(file, most_bytes);
    if (!bytes) continue;  // it ended just now
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    auto session = parse(*process, text);
    if (!session || !holds_all(*process, session->maps)) continue;
    out.push_back(*std::move(session));
  }
  if (error) return fail_errno(error.value(), "look for sessions in /proc");
  std::ranges::sort(out, {}, &RunningSession::process);
  return out;
}

Result<LiveSection> LiveSection::open(Map map) {
  auto& sys = map.syscalls();
  SKEP_TRY(const auto info, kernel::map_info(sys, map.fd()));
  const auto name = std::string(map.name());
  if (info.types_id == 0) {
    return fail(ErrorKind::unsupported, "map '{}': the kernel has no types of it", name);
  }
  SKEP_TRY(auto types, kernel::read_types(sys, info.types_id));
  const bool is_section =
      types.contains(info.value_type) && types.type(info.value_type).is(btf::Kind::datasec);
  if (!is_section) {
    return fail(ErrorKind::invalid_argument,
                "map '{}': it holds no global variables, it is an ordinary {}", name,
                name_of(map.type()));
  }
  SKEP_TRY(const auto facts, map.info());
  LiveSection out(std::move(map), std::move(types));
  out.is_frozen_ = facts.frozen;
  SKEP_TRY(out.memory_, out.map_.mapped(!facts.frozen));
  out.variables_ = variables_of(out.types_, info.value_type);
  std::erase_if(out.variables_, [&](const LiveVariable& variable) {
    const auto size = out.types_.size_of(variable.type);
    const std::uint64_t end = std::uint64_t{variable.offset} + variable.size;
    return !size || *size != variable.size || end > out.memory_.bytes().size();
  });
  return out;
}

const LiveVariable* LiveSection::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(variables_, name, &LiveVariable::name);
  return found == variables_.end() ? nullptr : &*found;
}

std::span<std::byte> LiveSection::bytes_of(const LiveVariable& variable) const {
  return memory_.bytes().subspan(variable.offset, variable.size);
}

std::string LiveSection::value(const LiveVariable& variable) const {
  return visible(record::show_value(types_, variable.type, variable.name, bytes_of(variable)));
}

std::string LiveSection::type_of(const LiveVariable& variable) const {
  return types_.c_name(variable.type);
}

Result<std::vector<std::byte>> LiveSection::parse(const LiveVariable& variable,
                                                  std::string_view text) const {
  const record::Tags tags(types_);
  const auto* said = tags.of(btf::Kind::var, variable.name);
  return record::parse_value(types_, variable.type, text,
                             record::place_of(variable.name, variable.name, said));
}

void LiveSection::set(const LiveVariable& variable, std::span<const std::byte> value) {
  store(bytes_of(variable), value);
}

}  // namespace skep::run
