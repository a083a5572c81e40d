#include "hook/interface.hpp"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace skep::hook {
namespace {

constexpr std::string_view network_prefix = "netns:";

std::vector<std::string> interface_names() {
  std::vector<std::string> names;
  const std::unique_ptr<struct if_nameindex, decltype(&::if_freenameindex)> list(
      ::if_nameindex(), &::if_freenameindex);
  if (!list) return names;
  for (const auto* one = list.get(); one->if_index != 0; ++one) names.emplace_back(one->if_name);
  return names;
}

std::optional<std::uint32_t> number_of(std::string_view text) noexcept {
  std::uint32_t value = 0;
  const auto parsed = std::from_chars(text.begin(), text.end(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.end() || value == 0) return std::nullopt;
  return value;
}

// In this thread's namespace.
Result<std::uint32_t> index_of(const std::string& name) {
  if (const auto index = ::if_nametoindex(name.c_str()); index != 0) return index;
  const auto number = number_of(name);
  char known[IF_NAMESIZE];
  if (number && ::if_indextoname(*number, known) != nullptr) return *number;
  Error error(ErrorKind::not_found, fmt::format("there is no network interface '{}'", name));
  const auto names = interface_names();
  if (const auto near = nearest(name, names)) {
    error = std::move(error).hint(fmt::format("Did you mean '{}'?", *near));
  }
  if (names.empty()) return std::unexpected(std::move(error));
  return std::unexpected(std::move(error).hint(fmt::format("There are: {}.", enumerate(names))));
}

// Calls `work` on a thread in the namespace.
template <typename Work>
auto on_thread_in(const Fd& network, const Work& work) -> decltype(work()) {
  decltype(work()) result = fail(ErrorKind::system, "the namespace was not entered");
  std::thread([&] {
    if (::setns(network.get(), CLONE_NEWNET) != 0) {
      result = fail_errno(errno, "enter the network namespace");
    } else {
      result = work();
    }
  }).join();
  return result;
}

}  // namespace

Result<Fd> open_network(const std::string& name) {
  const bool is_path = name.find('/') != std::string::npos;
  const std::string path = is_path ? name : "/run/netns/" + name;
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd) return fd;
  return fail_errno(errno, "open the network namespace {}", path);
}

Result<Interface> find_interface(const std::string& text) {
  if (text.empty()) return fail(ErrorKind::invalid_argument, "no network interface was named");
  Interface out;
  if (!text.starts_with(network_prefix)) {
    SKEP_TRY(out.index, index_of(text));
    return out;
  }
  const auto slash = text.rfind('/');
  if (slash == std::string::npos || slash <= network_prefix.size() || slash + 1 == text.size()) {
    return fail(ErrorKind::invalid_argument, "'{}': write netns:NAME/INTERFACE", text);
  }
  SKEP_TRY(out.network,
           open_network(text.substr(network_prefix.size(), slash - network_prefix.size())));
  SKEP_TRY(out.index, on_thread_in(out.network, [&] { return index_of(text.substr(slash + 1)); }));
  return out;
}

Result<Fd> within(const Fd& network, const std::function<Result<Fd>()>& work) {
  return network ? on_thread_in(network, work) : work();
}

}  // namespace skep::hook
