#include "run/places.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "hook/cgroup_path.hpp"
#include "hook/section.hpp"
#include "object/attach_type.hpp"
#include "run/attach_option.hpp"
#include "run/parameters.hpp"

namespace skep::run {
namespace {

using object::AttachType;

enum class Place : std::uint8_t { hook, interface, cgroup, frequency, process, socket };

struct Known {
  Place place;
  PlaceOption option;
};

constexpr Known known[] = {
    {Place::hook, {"--attach", "PROGRAM=HOOK", "a hook as in SEC, or kprobe:vfs_read, xdp:eth0"}},
    {Place::interface, {"--iface", "NAME", "network interface: eth0, 2, 'eth*', netns:blue/eth0"}},
    {Place::cgroup,
     {"--cgroup", "GROUP", "cgroup: a path, a process number, a unit, a container's id"}},
    {Place::frequency, {"--freq", "HZ", "samples a second (99)"}},
    {Place::process, {"--pid", "PID", "only this process"}},
    {Place::socket, {"--socket", "FD", "a socket, by a descriptor that skep is started with"}},
};

bool uses(const ProgramSpec& program, Place place) noexcept {
  const auto attach_type = static_cast<AttachType>(program.attach_type);
  switch (place) {
    case Place::hook:
      return true;
    case Place::interface:
      return program.type == ProgramType::xdp || program.type == ProgramType::sched_cls ||
             program.type == ProgramType::sched_act;
    case Place::cgroup:
      return hook::is_cgroup_hook(program);
    case Place::frequency:
      return program.type == ProgramType::perf_event;
    case Place::process:
      return program.type == ProgramType::perf_event || hook::is_user_probe(program) ||
             (program.type == ProgramType::tracing && attach_type == AttachType::trace_iter);
    case Place::socket:
      return program.type == ProgramType::socket_filter ||
             program.type == ProgramType::sk_reuseport;
  }
  return false;
}

template <typename Number>
Result<Number> number_of(std::string_view option, std::string_view text) {
  Number value{};
  const auto parsed = std::from_chars(text.begin(), text.end(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.end() && value > 0) return value;
  return fail(ErrorKind::invalid_argument, "{} '{}': it takes a number above 0", option, text);
}

Result<void> set(AttachDefaults& out, const Known& one, const std::string& value) {
  const auto option = one.option.option;
  if (one.place == Place::interface) {
    out.interface = value;
  } else if (one.place == Place::cgroup) {
    SKEP_TRY(out.cgroup, hook::find_cgroup(kernel::real_syscalls(), value));
  } else if (one.place == Place::frequency) {
    SKEP_TRY(out.frequency, number_of<std::uint64_t>(option, value));
  } else if (one.place == Place::socket) {
    SKEP_TRY(out.socket, number_of<int>(option, value));
  } else {
    SKEP_TRY(out.pid, number_of<int>(option, value));
  }
  return {};
}

// Those that the object has no parameter of the same name for.
std::vector<Known> places_of(const ObjectSpec& spec) {
  const auto parameters = find_parameters(spec);
  std::vector<Known> out;
  for (const auto& one : known) {
    const bool is_parameter = std::ranges::any_of(
        parameters, [&](const Parameter& own) { return own.option == one.option.option; });
    const bool is_used = std::ranges::any_of(spec.programs, [&](const ProgramSpec& program) {
      return (program.autoload || one.place == Place::hook) && uses(program, one.place);
    });
    if (is_used && !is_parameter) out.push_back(one);
  }
  return out;
}

std::vector<Known> hook_option(const ObjectSpec& spec) {
  auto options = places_of(spec);
  std::erase_if(options, [](const Known& one) { return one.place != Place::hook; });
  return options;
}

// What stands behind the hook of --attach, in the sense that the hook gives it.
Result<void> set_place(AttachDefaults& out, const ProgramSpec& program, const std::string& place) {
  for (const auto& one : known) {
    const bool is_place = one.place != Place::hook && one.place != Place::process;
    if (is_place && uses(program, one.place)) return set(out, one, place);
  }
  return fail(ErrorKind::invalid_argument, "--attach '{}={}:{}': SEC(\"{}\") takes no place",
              program.name, program.section, place, program.section);
}

// Takes the options and their values out of `arguments`, in order.
Result<std::vector<std::pair<Known, std::string>>> take(const std::vector<Known>& options,
                                                        std::vector<std::string>& arguments) {
  std::vector<std::pair<Known, std::string>> taken;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto equals = std::min(argument.find('='), argument.size());
    const auto one = std::ranges::find(options, std::string_view(argument).substr(0, equals),
                                       [](const Known& k) { return k.option.option; });
    if (one == options.end()) {
      rest.push_back(argument);
    } else if (equals < argument.size()) {
      taken.emplace_back(*one, argument.substr(equals + 1));
    } else if (i + 1 < arguments.size()) {
      taken.emplace_back(*one, arguments[++i]);
    } else {
      return fail(ErrorKind::invalid_argument, "{} needs a value ({})", argument,
                  one->option.meaning);
    }
  }
  arguments = std::move(rest);
  return taken;
}

}  // namespace

std::vector<PlaceOption> find_places(const ObjectSpec& spec) {
  std::vector<PlaceOption> out;
  for (const auto& one : places_of(spec)) out.push_back(one.option);
  return out;
}

Result<Places> take_places(ObjectSpec& spec, std::vector<std::string>& arguments) {
  if (arguments.empty()) return Places();
  SKEP_TRY(const auto hooks, take(hook_option(spec), arguments));
  std::map<std::string, std::string> written;  // program, place
  for (const auto& [one, value] : hooks) {
    SKEP_TRY(const auto option, apply_attach(spec, value));
    written[std::string(option.program)] = option.place;
  }
  SKEP_TRY(const auto given, take(places_of(spec), arguments));
  Places out;
  for (const auto& [one, value] : given) SKEP_CHECK(set(out.all, one, value));
  for (const auto& [program, place] : written) {
    if (place.empty()) continue;
    auto& mine = out.named.emplace(program, out.all).first->second;
    SKEP_CHECK(set_place(mine, *spec.find_program(program), place));
  }
  return out;
}

}  // namespace skep::run
