// base/cache.hpp: the folder where compiled objects, printed headers and the index of the kernel's
// types are kept.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

namespace skep {

// $XDG_CACHE_HOME/skep, or ~/.cache/skep: made with mode 0700. Refused (permission) when it is a
// symbolic link, belongs to somebody else or others may write to it, or when somebody else could
// exchange it: a folder above it belongs to another user than root, or all may write to it (unless
// it is sticky, as /tmp).
[[nodiscard]] Result<std::filesystem::path> cache_directory();

struct MappedFile {
  std::shared_ptr<const void> owner;  // keeps the bytes mapped
  Bytes bytes;
};

// A file or folder directly in the cache.
struct CacheEntry {
  std::string name;
  timespec used{};          // written, or Folder::touch()
  std::uint64_t bytes = 0;  // with all that is in it
};

// A folder that nobody but its owner can write to or exchange. All access goes through its
// descriptor, never follows a symbolic link, and replaces files whole (rename), so that any number
// of processes and threads may use it at once.
class Folder {
 public:
  // The cache: see cache_directory().
  static Result<Folder> open_cache();
  // The same, when it is there and may be used: nothing is made.
  static std::optional<Folder> open_existing_cache();
  // A new one below $TMPDIR or /tmp, removed with all that is in it by the destructor.
  static Result<Folder> make_temporary();

  Folder() = default;  // none
  Folder(Folder&&) noexcept = default;
  Folder& operator=(Folder&& other) noexcept {  // what was here goes with `other`
    path_.swap(other.path_);
    std::swap(fd_, other.fd_);
    std::swap(temporary_, other.temporary_);
    return *this;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  // The file's content, or nothing when there is none (or it is a link, too large, or whatever
  // else: then it is made anew).
  [[nodiscard]] std::optional<std::vector<std::byte>> read(const std::string& name,
                                                           std::uint64_t limit) const;
  // The same, mapped instead of read. Only for what is replaced whole (write()), never changed: a
  // file that shrinks under a map is a SIGBUS. Nothing also when it is not the user's own.
  [[nodiscard]] std::optional<MappedFile> map(const std::string& name, std::uint64_t limit) const;
  // Whether `name` is a file of that size.
  [[nodiscard]] bool holds(const std::string& name, std::uint64_t size) const;
  [[nodiscard]] bool holds(const std::string& name) const;
  // Makes or replaces `name`. Folders in `name` are made.
  Result<void> write(const std::string& name, Bytes content) const;
  // Removes what was written longest ago of the entries that begin with `prefix`, but for `keep`.
  void prune(std::string_view prefix, std::size_t keep) const;
  // Those that begin with `prefix`, the one used longest ago first.
  [[nodiscard]] std::vector<CacheEntry> entries(std::string_view prefix = {}) const;
  // Removes a file, or a folder with all that is in it.
  void remove(const std::string& name) const;
  // Says that it was used just now.
  void touch(const std::string& name) const;

 private:
  Folder(std::filesystem::path path, Fd fd, bool temporary)
      : path_(std::move(path)), fd_(std::move(fd)), temporary_(temporary) {}

  std::filesystem::path path_;
  Fd fd_;
  bool temporary_ = false;
};

}  // namespace skep
