#include "run/places.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.hpp"
#include "hook/cgroup_path.hpp"
#include "hook/section.hpp"
#include "object/attach_type.hpp"
#include "run/parameters.hpp"

namespace skep::run {
namespace {

using object::AttachType;

enum class Place : std::uint8_t { interface, cgroup, frequency, process };

struct Known {
  Place place;
  PlaceOption option;
};

constexpr Known known[] = {
    {Place::interface, {"--iface", "NAME", "network interface: eth0, 2, netns:blue/eth0"}},
    {Place::cgroup, {"--cgroup", "GROUP", "cgroup: a path, a process number, a unit or a name"}},
    {Place::frequency, {"--freq", "HZ", "samples a second (99)"}},
    {Place::process, {"--pid", "PID", "only this process"}},
};

bool uses(const ProgramSpec& program, Place place) noexcept {
  const auto attach_type = static_cast<AttachType>(program.attach_type);
  switch (place) {
    case Place::interface:
      return program.type == ProgramType::xdp || program.type == ProgramType::sched_cls;
    case Place::cgroup:
      return hook::is_cgroup_hook(program);
    case Place::frequency:
      return program.type == ProgramType::perf_event;
    case Place::process:
      return program.type == ProgramType::perf_event ||
             (program.type == ProgramType::tracing && attach_type == AttachType::trace_iter);
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
  } else {
    SKEP_TRY(out.pid, number_of<int>(option, value));
  }
  return {};
}

std::vector<Known> places_of(const ObjectSpec& spec) {
  const auto parameters = find_parameters(spec);
  std::vector<Known> out;
  for (const auto& one : known) {
    const bool is_parameter = std::ranges::any_of(
        parameters, [&](const Parameter& own) { return own.option == one.option.option; });
    const bool is_used = std::ranges::any_of(spec.programs, [&](const ProgramSpec& program) {
      return program.autoload && uses(program, one.place);
    });
    if (is_used && !is_parameter) out.push_back(one);
  }
  return out;
}

}  // namespace

std::vector<PlaceOption> find_places(const ObjectSpec& spec) {
  std::vector<PlaceOption> out;
  for (const auto& one : places_of(spec)) out.push_back(one.option);
  return out;
}

Result<AttachDefaults> take_places(const ObjectSpec& spec, std::vector<std::string>& arguments) {
  const auto places = places_of(spec);
  AttachDefaults out;
  std::vector<std::string> rest;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto equals = std::min(argument.find('='), argument.size());
    const auto one = std::ranges::find(places, std::string_view(argument).substr(0, equals),
                                       [](const Known& k) { return k.option.option; });
    if (one == places.end()) {
      rest.push_back(argument);
    } else if (equals < argument.size()) {
      SKEP_CHECK(set(out, *one, argument.substr(equals + 1)));
    } else if (i + 1 < arguments.size()) {
      SKEP_CHECK(set(out, *one, arguments[++i]));
    } else {
      return fail(ErrorKind::invalid_argument, "{} needs a value ({})", argument,
                  one->option.meaning);
    }
  }
  arguments = std::move(rest);
  return out;
}

}  // namespace skep::run
