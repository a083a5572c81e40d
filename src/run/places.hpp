// run/places.hpp: where programs attach whose SEC does not say it: --iface, --cgroup, --freq,
// --pid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "skep/hook.hpp"
#include "skep/spec.hpp"

namespace skep::run {

struct PlaceOption {
  std::string_view option;   // "--iface"
  std::string_view value;    // "NAME"
  std::string_view meaning;  // for --help
};

// Those that a program of the object has a use for, but for names that are parameters of its own.
[[nodiscard]] std::vector<PlaceOption> find_places(const ObjectSpec& spec);

// Takes them out of `arguments`; leaves the rest in order. Errors: invalid_argument, not_found for
// a cgroup that is none.
[[nodiscard]] Result<AttachDefaults> take_places(const ObjectSpec& spec,
                                                 std::vector<std::string>& arguments);

}  // namespace skep::run
