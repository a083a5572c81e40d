// run/watch.hpp: whether files have changed, for --watch.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep::run {

// Watches the folders that they lie in, since editors write another file and rename it.
class FileWatch {
 public:
  static Result<FileWatch> open();

  // These instead of those before; of folders that are watched already nothing is missed. Errors:
  // what inotify_add_watch(2) says.
  Result<void> follow(const std::vector<std::string>& files);
  // Readable when something happened in one of the folders.
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }
  // Whether one of the files was written, or took the place of another, since the last call.
  bool has_changed();

 private:
  explicit FileWatch(Fd fd) noexcept : fd_(std::move(fd)) {}

  Fd fd_;
  std::map<int, std::set<std::string>> names_;  // by watch: one a folder
};

}  // namespace skep::run
