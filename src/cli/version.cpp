#include <fmt/format.h>
#include <sys/utsname.h>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "compile/compile.hpp"

namespace skep::cli {
namespace {

// What a bug report needs, one fact a line.
int act() {
  print("skep {}\n", SKEP_VERSION);
  utsname kernel{};
  if (::uname(&kernel) == 0) print("kernel {} {}\n", kernel.release, kernel.machine);
  const auto clang = compile::find_clang();
  print("clang {}\n", clang ? fmt::format("{} ({})", clang->major, clang->path.native())
                            : std::string("none (only needed for .bpf.c sources)"));
  return exit_ok;
}

}  // namespace

void add_version(CLI::App& app, Action& action) {
  app.set_version_flag("--version", SKEP_VERSION);
  auto* command = app.add_subcommand("version", "Print the versions of skep, kernel and clang");
  command->callback([&action] { action = act; });
}

}  // namespace skep::cli
