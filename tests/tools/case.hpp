// tools/case.hpp: the test of a tool, as <name>.test.yaml beside it says it.
//
// A file holds one or more cases (YAML documents, parted by "---"):
//
//   description: one sentence
//   parameters: [--cgroup, $CGROUP]     # behind `skep run NAME -o json`
//   files:                              # made before the tool starts, below $WORK
//     "a name": {copy: /bin/true}       # or {text: "…", mode: 0755}
//   early: NAME                         # this step's process exists before the tool starts, so
//   that
//                                       # the parameters can say $PID.NAME
//   workload:                           # one after the other, each in a process in a cgroup of the
//     - run: [/bin/true, {repeat: "word $I", times: 200}]      # case's own: execve
//     - shell: "echo $$"                #   the same through /bin/sh -c
//     - open: {path: /etc/passwd, flags: O_RDONLY|O_CLOEXEC}   # open calls
//     - exit: {code: 7}                 #   a process that ends; see workload.cpp for all settings
//       name: seven                     # every step: $PID.seven, $CODE.seven, $SIGNAL.seven
//       times: 1000                     #   so many, with $N from 0
//       as: 12345                       #   by this user
//   expect:                             # rows; their order does not count
//     - {pid: $PID.seven, code: 7, signal: null, count: 1000}  # $N counts here too
//     - {path: {matches: "/proc/.*"}}   # a regular expression for the whole text
//     - {duration: {from: 0, to: 1000000}}
//     - {args: {words: [/bin/true, {repeat: "word $I", times: 200}]}}
//     - {path_total: null}              # null: the row has no such field, or it is null
//   nothing_else: true                  # no row but these
//
// Placeholders: $CGROUP (id), $WORK, $RUNNER (pid), $N, $I, and those of named steps; see text.hpp.
#pragma once

#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "tools/text.hpp"

namespace skep::test {

struct Step {
  std::string name;  // empty: nobody refers to it
  std::string kind;  // "run", "open", "exit"
  YAML::Node what;   // its settings
  std::size_t times = 1;
  unsigned user = 0;  // of the process; 0: stay who we are
};

struct Case {
  std::string description;
  std::vector<std::string> parameters;
  YAML::Node files;
  std::string early;
  std::vector<Step> workload;
  YAML::Node expect;
  bool nothing_else = false;
};

// Throws, naming file and line, for what it does not know.
[[nodiscard]] std::vector<Case> read_cases(const std::string& path);

// A list of words: texts, and {repeat: TEXT, times: COUNT}.
[[nodiscard]] std::vector<std::string> words_of(const YAML::Node& list, const Names& names);

// Throws when a map has other keys than these.
void check_keys(const YAML::Node& map, std::initializer_list<std::string_view> keys);

}  // namespace skep::test
