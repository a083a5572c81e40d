// gen/identifier.hpp: names of C as names of C++.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace skep::gen {

// What cannot stand in an identifier becomes '_'; a keyword of C++ gets one at its end: "class_".
[[nodiscard]] std::string identifier(std::string_view name);

// Gives each name out once: the second "event" is "event_2".
class Names {
 public:
  Names() = default;
  // `reserved`: names that are given out already.
  explicit Names(std::set<std::string> reserved) : taken_(std::move(reserved)) {}
  [[nodiscard]] std::string take(std::string_view name);

 private:
  std::set<std::string> taken_;
};

}  // namespace skep::gen
