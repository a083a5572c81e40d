// run/places.hpp: where programs attach whose SEC does not say it: --attach, --iface, --cgroup,
// --freq, --pid, --socket.
#pragma once

#include <map>
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

// Where the programs of an object attach.
struct Places {
  AttachDefaults all;                                        // for those that are not named
  std::map<std::string, AttachDefaults, std::less<>> named;  // --attach PROGRAM=HOOK:PLACE

  [[nodiscard]] const AttachDefaults& of(std::string_view program) const {
    const auto found = named.find(program);
    return found == named.end() ? all : found->second;
  }
};

// Those that a program of the object has a use for, but for names that are parameters of its own.
[[nodiscard]] std::vector<PlaceOption> find_places(const ObjectSpec& spec);

// Takes them out of `arguments`, and leaves the rest in order. What --attach says goes into the
// spec. Errors: invalid_argument, not_found for a cgroup that is none.
[[nodiscard]] Result<Places> take_places(ObjectSpec& spec, std::vector<std::string>& arguments);

}  // namespace skep::run
