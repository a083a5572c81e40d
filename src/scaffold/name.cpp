// What a project may be called.
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/error.hpp"
#include "gen/identifier.hpp"
#include "scaffold/scaffold.hpp"

namespace skep::scaffold {
namespace {

constexpr std::size_t longest_name = 64;

// Keywords of C alone, macros of common headers, and namespaces that are others'.
constexpr std::array<std::string_view, 15> taken = {
    "EOF",      "NULL", "assert", "errno",  "i386",  "linux",  "main", "posix",
    "restrict", "skep", "std",    "stderr", "stdin", "stdout", "unix"};
static_assert(std::ranges::is_sorted(taken));

// Targets that CMake and its generators have themselves (CMP0037).
constexpr std::array<std::string_view, 11> targets = {
    "all",     "clean",          "depend",     "edit_cache",    "help", "install",
    "package", "package_source", "preinstall", "rebuild_cache", "test"};

std::unexpected<Error> refuse(std::string_view name, std::string_view why) {
  return std::unexpected(
      Error(ErrorKind::invalid_argument,
            fmt::format("a project cannot be named '{}': {}", name, why))
          .hint("The name becomes a namespace of C++ and a target of CMake: letters, digits and _, "
                "as in skep new hello or skep new conn_watch."));
}

// A namespace cannot share its name with a function of libc that some header declares.
bool is_function_of_libc(const std::string& name) {
  const std::unique_ptr<void, int (*)(void*)> libc(::dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD),
                                                   ::dlclose);
  return libc && ::dlsym(libc.get(), name.c_str()) != nullptr;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty()) return refuse(name, "it is empty");
  if (name.size() > longest_name) {
    return refuse(name, fmt::format("it has more than {} characters", longest_name));
  }
  const auto as_identifier = gen::identifier(name);
  if (as_identifier == std::string(name) + "_") return refuse(name, "it is a keyword of C++");
  if (as_identifier != name) return refuse(name, "it is no identifier");
  if (name.front() == '_' || name.find("__") != std::string_view::npos) {
    return refuse(name, "such names with _ are reserved for compilers");
  }
  if (std::ranges::find(taken, name) != taken.end()) return refuse(name, "it means something else");
  if (std::ranges::find(targets, name) != targets.end()) {
    return refuse(name, "CMake has a target of that name");
  }
  if (is_function_of_libc(std::string(name))) {
    return refuse(name, "libc has a function of that name");
  }
  return {};
}

}  // namespace skep::scaffold
