// tools/rows.hpp: what a tool shows, beside what it should.
#pragma once

#include <string>
#include <vector>

#include "tools/case.hpp"

namespace skep::test {

// Texts of named steps that come once a run: "PID.seven" -> {"4711", "4712", …}.
using Series = std::map<std::string, std::vector<std::string>, std::less<>>;

// The differences, one a line; empty when every expected row is there as often as it should be
// and, if `nothing_else`, no other. `output` is JSON, one object a line.
[[nodiscard]] std::vector<std::string> compare_rows(const YAML::Node& expect, bool nothing_else,
                                                    const std::string& output, const Names& names,
                                                    const Series& series);

}  // namespace skep::test
