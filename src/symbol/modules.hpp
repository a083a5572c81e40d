// symbol/modules.hpp: the binaries that were seen, each once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symbol/module.hpp"
#include "symbol/process_files.hpp"

namespace skep::symbol {

// A file that some process has mapped; read when the first of its functions is asked for.
class MappedFile {
 private:
  friend class Modules;
  FileKey key_;
  Fd fd_;  // empty once it was read, and when too many are open
  bool was_read_ = false;
  std::shared_ptr<Module> module_;                  // none: it is no ELF file
  std::string path_;                                // as the first process that was seen has it
  bool is_trusted_ = false;                         // root's, or ours
  std::optional<std::vector<std::byte>> build_id_;  // empty: it has none, or cannot be read
};

// A file by its build id.
struct Build {
  Module* module = nullptr;  // none: it is not known
  std::string path;
};

class Modules {
 public:
  explicit Modules(UserSymbols::Options options);

  // The file behind a mapping of a living process, opened now. Nothing when it cannot be had.
  std::shared_ptr<MappedFile> file_of(pid_t pid, const Mapping& mapping);
  // Its functions. Files of one build id share them if their symbols are the same ones, too.
  // Nothing when it is no ELF file, or too many were read.
  Module* module_of(MappedFile& file, const std::string& path);
  // The one with that build id, of `own` files, then of all that were seen and belong to root or to
  // us (anybody can write a build id into a file), then of /usr/lib/.build-id.
  Build find_build(std::span<const std::shared_ptr<MappedFile>> own, Bytes build_id);
  // The kernel's own code in each process, which is in ours, too.
  Module* vdso();

 private:
  std::shared_ptr<Module> read(Fd fd, const std::string& path);
  Bytes build_id_of(MappedFile& file);
  bool is(MappedFile& file, Bytes build_id);
  Build look_elsewhere(Bytes build_id);

  UserSymbols::Options options_;
  // Descriptors are the process's, who needs some for itself: so many are held for files that were
  // not read, and as many for those that were.
  std::size_t most_open_ = 0, open_ = 0, read_ = 0;
  std::map<FileKey, std::shared_ptr<MappedFile>> files_;
  // Anybody can write a build id into a file: its owner, its size and a hash of its symbol tables
  // stand behind it.
  std::map<std::vector<std::byte>, std::shared_ptr<Module>> by_content_;
  std::unique_ptr<Module> vdso_;
  bool vdso_was_read_ = false;
  std::map<std::vector<std::byte>, Build> builds_;
  std::vector<std::shared_ptr<Module>> kept_;  // by no process
};

}  // namespace skep::symbol
