// kernel/map_pin.hpp: maps that live in a bpffs, beyond the process that made them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "kernel/syscalls.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::kernel {

// Where the map is to be pinned; empty when nobody asked for it.
[[nodiscard]] std::filesystem::path pin_path_of(const MapSpec& spec,
                                                const std::filesystem::path& root);

// The map that is pinned at `path`; nothing when there is none. `spec` is the map as it would be
// created (as_created in map_create.hpp). Errors: busy when what is pinned there is another kind of
// map, naming each attribute that differs and both values, or no map; what the kernel says.
[[nodiscard]] Result<std::optional<Fd>> open_pinned(Syscalls& sys, const MapSpec& spec,
                                                    const std::filesystem::path& path);

// How keys or values of the map, which somebody else made, are other types than the spec's, which
// are in `types`: it is used all the same, as libbpf does. Nothing when they are alike, or when the
// kernel does not tell: the map has no types, or we are not privileged (CAP_SYS_ADMIN).
[[nodiscard]] std::optional<std::string> difference_of_types(Syscalls& sys, const Fd& map,
                                                             const MapSpec& spec, const Btf& types);

// The pins that one load made, and the directories for them: taken away again unless kept.
class Pins {
 public:
  explicit Pins(Syscalls& sys) noexcept : sys_(&sys) {}
  Pins(const Pins&) = delete;
  Pins& operator=(const Pins&) = delete;
  Pins(Pins&&) = delete;
  Pins& operator=(Pins&&) = delete;
  ~Pins();

  // Pins the map; makes the directory that it stands in (not that one's parents, mode 0700).
  // Errors: busy when something is pinned there (code() is EEXIST); unsupported when it is no
  // bpffs.
  [[nodiscard]] Result<void> pin(const Map& map, const std::filesystem::path& path);

  void keep() noexcept;

 private:
  Syscalls* sys_;
  std::vector<std::string> pins_, directories_;
};

}  // namespace skep::kernel
