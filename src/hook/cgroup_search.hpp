// hook/cgroup_search.hpp: a cgroup by what people call it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "skep/result.hpp"

namespace skep::hook {

// The 64 hexadecimal digits of the container that a directory of this name is for:
// "docker-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope" (systemd), plain
// "ID" (cgroupfs) and "SLICE:cri-containerd:ID". Nothing for what the runtimes keep beside it
// ("libpod-conmon-ID.scope").
[[nodiscard]] std::optional<std::string_view> container_of(std::string_view directory) noexcept;

// The directory below `root` (a cgroup hierarchy) that `text` names: by its name, with or without
// ".service", ".scope" or ".slice"; by a container's id or the first digits of it, with or without
// "docker://" before it, as Kubernetes writes it; or by twelve characters or more of its name.
// Errors: not_found, with the nearest name; invalid_argument when several fit, with their names.
[[nodiscard]] Result<std::string> search_cgroup(const std::string& root, std::string_view text);

// Every directory of the hierarchy, those above before those in them, until `look` says no.
void walk_cgroups(const std::string& root,
                  const std::function<bool(const std::filesystem::path&)>& look);

}  // namespace skep::hook
