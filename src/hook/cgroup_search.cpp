#include "hook/cgroup_search.hpp"

#include <algorithm>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::hook {
namespace {

constexpr std::size_t id_digits = 64, least_of_id = 4, least_of_name = 12, most_named = 8;

bool is_hexadecimal(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Without ".service" and its like.
std::string_view unit_of(std::string_view directory) noexcept {
  for (const std::string_view ending : {".service", ".scope", ".slice"}) {
    if (directory.ends_with(ending)) return directory.substr(0, directory.size() - ending.size());
  }
  return directory;
}

// "containerd://4f…", as Kubernetes' containerID is written.
std::string_view without_runtime(std::string_view text) noexcept {
  const auto at = text.find("://");
  return at == std::string_view::npos ? text : text.substr(at + 3);
}

bool may_be_id(std::string_view text) noexcept {
  return text.size() >= least_of_id && text.size() <= id_digits && is_hexadecimal(text);
}

// What fits, by the way in which it does.
struct Fits {
  std::vector<std::string> named, containers, parts;
  std::vector<std::string> names;  // of all, for messages
};

bool is_below(const std::string& path, const std::string& above) {
  return path.starts_with(above) && path.size() > above.size() && path[above.size()] == '/';
}

Fits find_all(const std::string& root, std::string_view text) {
  Fits out;
  walk_cgroups(root, [&](const std::filesystem::path& path) {
    if (path == root) return true;
    const auto directory = path.filename().native();
    const auto id = container_of(directory);
    if (id && may_be_id(text) && id->starts_with(text)) {
      // What a container makes within its own cgroup is not the container.
      const bool is_within = std::ranges::any_of(
          out.containers, [&](const std::string& known) { return is_below(path.native(), known); });
      if (!is_within) out.containers.push_back(path.native());
    } else if (directory == text || unit_of(directory) == text) {
      out.named.push_back(path.native());
    } else if (text.size() >= least_of_name && directory.find(text) != std::string::npos) {
      out.parts.push_back(path.native());
    }
    out.names.emplace_back(unit_of(directory));
    return true;
  });
  return out;
}

Error nothing_fits(const std::string& root, std::string_view text, const Fits& all) {
  Error error(ErrorKind::not_found, fmt::format("there is no cgroup '{}' below {}", text, root));
  if (const auto near = nearest(text, all.names)) {
    error = std::move(error).hint(fmt::format("Did you mean '{}'?", *near));
  }
  return std::move(error).hint(
      "It takes a path, a process number, a systemd unit, or a container's id or its first digits "
      "(docker ps, podman ps, crictl ps).");
}

Error several_fit(const std::string& root, std::string_view text, std::vector<std::string> found) {
  std::ranges::sort(found);
  const auto count = found.size();
  if (count > most_named) found.resize(most_named);
  for (auto& path : found) path.erase(0, root.size() + 1);
  if (count > most_named) found.push_back(fmt::format("{} more", count - most_named));
  return Error(ErrorKind::invalid_argument, fmt::format("'{}' fits {} cgroups below {}: {}", text,
                                                        count, root, enumerate(found)))
      .hint("Give more of the id, or the path.");
}

}  // namespace

std::optional<std::string_view> container_of(std::string_view directory) noexcept {
  const auto unit = unit_of(directory);
  if (unit.size() < id_digits) return std::nullopt;
  const auto before = unit.substr(0, unit.size() - id_digits);
  const auto id = unit.substr(before.size());
  if (!is_hexadecimal(id)) return std::nullopt;
  if (before.empty()) return id;
  const bool is_separated = before.ends_with('-') || before.ends_with(':');
  if (!is_separated || before.find("conmon") != std::string_view::npos) return std::nullopt;
  return id;
}

void walk_cgroups(const std::string& root,
                  const std::function<bool(const std::filesystem::path&)>& look) {
  if (!look(root)) return;
  std::error_code error;
  using Options = std::filesystem::directory_options;
  std::filesystem::recursive_directory_iterator at(root, Options::skip_permission_denied, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    std::error_code ignored;
    if (at->is_directory(ignored) && !look(at->path())) return;
  }
}

Result<std::string> search_cgroup(const std::string& root, std::string_view text) {
  text = without_runtime(text);
  auto all = find_all(root, text);
  for (auto* found : {&all.named, &all.containers, &all.parts}) {
    if (found->size() == 1) return found->front();
    if (!found->empty()) return std::unexpected(several_fit(root, text, std::move(*found)));
  }
  return std::unexpected(nothing_fits(root, text, all));
}

}  // namespace skep::hook
