// tools/exits.hpp: the ways in which a process may end.
#pragma once

#include <functional>

#include "tools/case.hpp"
#include "tools/stage.hpp"

namespace skep::test {

// See actions.hpp, "exit".
[[nodiscard]] std::function<void()> make_exit(const YAML::Node& what, const Stage& stage);

}  // namespace skep::test
