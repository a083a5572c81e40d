// tools/tool.hpp: `skep run NAME`, from "attached" to its last row.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "skep/fd.hpp"

namespace skep::test {

class Tool {
 public:
  // Starts it and returns once it says that it is attached. Throws, with what it said, when it
  // does not within a minute.
  Tool(const std::string& skep, const std::string& name, const std::vector<std::string>& parameters,
       const std::filesystem::path& output);
  ~Tool();
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;

  // Ctrl-C. Throws when it does not end well within a minute.
  void interrupt();

  // What it wrote to standard error, whole after interrupt().
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  bool read_more();  // false at the end
  void wait_until_attached();

  pid_t pid_ = -1;
  Fd errors_;
  std::string said_;
};

}  // namespace skep::test
