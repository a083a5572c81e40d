#include "hook/interface.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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

// Names of interfaces of this thread's namespace that match, but for the loopback.
Result<std::vector<std::string>> matching(const std::string& pattern) {
  std::vector<std::string> names;
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  for (const auto& name : interface_names()) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    const bool known = ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0;
    const bool is_loopback = known && (request.ifr_flags & IFF_LOOPBACK) != 0;
    if (!is_loopback && ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0) names.push_back(name);
  }
  if (!names.empty()) return names;
  Error error(ErrorKind::not_found, fmt::format("no network interface matches '{}'", pattern));
  return std::unexpected(std::move(error).hint(
      fmt::format("There are: {}. The loopback has to be named.", enumerate(interface_names()))));
}

struct Place {
  Fd network;
  std::string name;
};

// "eth0", or "netns:blue/eth0".
Result<Place> split(const std::string& text) {
  if (text.empty()) return fail(ErrorKind::invalid_argument, "no network interface was named");
  if (!text.starts_with(network_prefix)) return Place{.network = Fd(), .name = text};
  const auto slash = text.rfind('/');
  if (slash == std::string::npos || slash <= network_prefix.size() || slash + 1 == text.size()) {
    return fail(ErrorKind::invalid_argument, "'{}': write netns:NAME/INTERFACE", text);
  }
  SKEP_TRY(auto network,
           open_network(text.substr(network_prefix.size(), slash - network_prefix.size())));
  return Place{std::move(network), text.substr(slash + 1)};
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
  SKEP_TRY(auto place, split(text));
  Interface out{.network = std::move(place.network)};
  const auto find = [&] { return index_of(place.name); };
  SKEP_TRY(out.index, out.network ? on_thread_in(out.network, find) : find());
  return out;
}

Result<std::vector<std::string>> find_interfaces(const std::string& text) {
  if (text.find_first_of("*?[") == std::string::npos) return std::vector{text};
  SKEP_TRY(const auto place, split(text));
  const auto find = [&] { return matching(place.name); };
  SKEP_TRY(auto names, place.network ? on_thread_in(place.network, find) : find());
  const auto prefix = text.substr(0, text.size() - place.name.size());
  for (auto& name : names) name.insert(0, prefix);
  return names;
}

Result<Fd> within(const Fd& network, const std::function<Result<Fd>()>& work) {
  return network ? on_thread_in(network, work) : work();
}

}  // namespace skep::hook
