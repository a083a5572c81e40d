// compile/entry.hpp: one compiled object as the cache keeps it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace skep::compile {

// A header that clang read, and what was in it.
struct Dependency {
  std::string path;
  std::string hash;
};

struct Entry {
  std::vector<Dependency> read;
  std::string vmlinux;      // the folder (vmlinux_folder()) whose vmlinux.h was read, or empty
  std::string diagnostics;  // clang's
  std::vector<std::byte> object;
};

// A flat file that ends in a hash of all before it.
[[nodiscard]] std::vector<std::byte> encode(const Entry& entry);
// Nothing when the file is not whole.
[[nodiscard]] std::optional<Entry> decode(Bytes bytes);

// Whether each header still holds what it held.
[[nodiscard]] bool is_fresh(const Entry& entry);

// The hash of a file's content; nothing when it cannot be read or was written at `since`
// (CLOCK_REALTIME_COARSE, which file times are made with) or later: then nobody knows which
// content the compiler saw.
[[nodiscard]] std::optional<std::string> hash_of_file(const std::string& path,
                                                      std::optional<timespec> since = {});

}  // namespace skep::compile
