// scaffold/scaffold.hpp: a project to begin with, from templates (share/new).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skep/result.hpp"

namespace skep::scaffold {

// What a project may begin as.
struct Kind {
  std::string_view name;       // "xdp"
  std::string_view purpose;    // what the program does, one sentence
  std::string_view arguments;  // with which the built program is run, each behind a space
  std::string_view options;    // the same of `skep run`
};
[[nodiscard]] std::span<const Kind> kinds();

struct File {
  std::filesystem::path path;  // below the project's folder
  std::string text;
};

// The name becomes a target of CMake, a file's name and a namespace of C++. Errors:
// invalid_argument, saying which of them it cannot be.
[[nodiscard]] Result<void> check_name(std::string_view name);

// The files of a project; `name` passed check_name.
[[nodiscard]] std::vector<File> make_files(std::string_view name, const Kind& kind);

// Writes them below `folder`, which is made when it is not there. Nothing is overwritten: when one
// of them is there, none is written. Errors: busy, naming those that are; what the system says.
[[nodiscard]] Result<void> write_files(const std::filesystem::path& folder,
                                       const std::vector<File>& files);

}  // namespace skep::scaffold
