// symbol/modules.hpp: the binaries that were seen, each once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "symbol/module.hpp"
#include "symbol/process_files.hpp"

namespace skep::symbol {

// A file that some process has mapped; read when the first of its functions is asked for.
class MappedFile {
 public:
  explicit MappedFile(Fd fd) : fd_(std::move(fd)) {}

 private:
  friend class Modules;
  Fd fd_;  // empty once it was read
  bool was_read_ = false;
  std::shared_ptr<Module> module_;  // none: it is no ELF file
};

class Modules {
 public:
  explicit Modules(UserSymbols::Options options) : options_(std::move(options)) {}

  // The file behind a mapping of a living process, opened now. Nothing when it cannot be had.
  std::shared_ptr<MappedFile> file_of(pid_t pid, const Mapping& mapping);
  // Its functions. Files of one build id share them. Nothing when it is no ELF file.
  Module* module_of(MappedFile& file, const std::string& path);
  // The kernel's own code in each process, which is in ours, too.
  Module* vdso();

 private:
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t>;

  UserSymbols::Options options_;
  std::map<Key, std::shared_ptr<MappedFile>> files_;  // by device, inode, size, time of change
  std::map<std::vector<std::byte>, std::shared_ptr<Module>> by_build_id_;
  std::unique_ptr<Module> vdso_;
  bool vdso_was_read_ = false;
};

}  // namespace skep::symbol
