#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/quantity.hpp"
#include "cli/commands.hpp"
#include "cli/compile_options.hpp"
#include "cli/parameters.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"
#include "cli/row_options.hpp"
#include "cli/table_options.hpp"
#include "kernel/attempt.hpp"
#include "run/attach.hpp"
#include "run/map_option.hpp"
#include "run/only.hpp"
#include "run/places.hpp"
#include "run/plan.hpp"
#include "run/ring_size.hpp"
#include "run/session.hpp"
#include "run/source.hpp"
#include "run/watch.hpp"
#include "skep/explain.hpp"
#include "skep/object.hpp"

namespace skep::cli {
namespace {

struct Arguments {
  std::string name;
  RowArguments rows;
  std::string duration;
  std::uint64_t count = 0;
  bool help = false;
  bool quiet = false;
  bool watch = false;
  std::vector<std::string> types, only, maps;
  std::string map_file, ring;
  std::vector<std::string> watched;  // the command behind "--"
  TableArguments tables;
  run::SourceOptions source;
  std::string pin_root = "/sys/fs/bpf";
  CLI::App* command = nullptr;
};

// "10s", "500ms", "2m", "1h", or seconds.
Result<std::chrono::milliseconds> parse_duration(std::string_view option, std::string_view text) {
  constexpr std::uint64_t a_millisecond = 1'000'000;
  constexpr std::uint64_t longest = 365UL * 86'400 * nanoseconds_a_second;
  const auto time = parse_time(text, nanoseconds_a_second);
  if (!time || *time < a_millisecond || *time > longest) {
    return fail(ErrorKind::invalid_argument,
                "{} '{}': it takes a time such as 10s, 500ms, 2m or 1h, up to 365d", option, text);
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(*time / a_millisecond));
}

// Otherwise it would wait for nothing, until somebody ends it.
Result<void> check_for_programs(const ObjectSpec& spec) {
  const auto& programs = spec.programs;
  if (std::ranges::any_of(programs, &ProgramSpec::autoload)) return {};
  const bool has_table = std::ranges::any_of(
      spec.maps, [](const MapSpec& map) { return map.type == MapType::struct_ops; });
  if (has_table) return {};
  if (programs.empty()) {
    return std::unexpected(
        Error(ErrorKind::invalid_argument, fmt::format("{}: it has no programs", spec.name))
            .hint("A program is a function in a section that says where it hangs: "
                  "SEC(\"tp/sched/sched_switch\")."));
  }
  return std::unexpected(
      Error(ErrorKind::invalid_argument,
            fmt::format("{}: none of its programs is to be loaded: SEC(\"?…\")", spec.name))
          .hint(fmt::format("Choose one: --attach '{}=HOOK'.", programs.front().name)));
}

Result<run::SessionOptions> session_options(const Arguments& arguments) {
  run::SessionOptions options;
  SKEP_CHECK(apply(arguments.rows, options));
  if (!arguments.duration.empty()) {
    SKEP_TRY(options.duration, parse_duration("--duration", arguments.duration));
  }
  if (!arguments.tables.every.empty()) {
    SKEP_TRY(options.every, parse_duration("--every", arguments.tables.every));
  }
  if (arguments.count > 0) options.count = arguments.count;
  options.pin_root = arguments.pin_root;
  apply(arguments.tables, options);
  options.command = arguments.watched;
  return options;
}

// The options of this very program stand behind those that every program has.
int show_help(const Arguments& arguments) {
  print(arguments.command->help("skep"));
  if (arguments.name.empty()) return exit_ok;
  auto source = open_with_progress(arguments.name, arguments.source);
  if (!source) return report(source.error());
  print("{}{}{}\n", arguments.name, source->description.empty() ? "" : ": ", source->description);
  for (const auto& place : run::find_places(source->spec)) {
    print("  {:<28} {}\n", fmt::format("{} {}", place.option, place.value), place.meaning);
  }
  print(describe_parameters(source->spec));
  return exit_ok;
}

std::string closing_line(const run::Summary& sum) {
  const auto all = sum.rows + sum.unwanted + sum.kept_back;
  std::string out = sum.is_filtered ? fmt::format("{} of {} rows", sum.rows, all)
                                    : fmt::format("{} row{}", sum.rows, sum.rows == 1 ? "" : "s");
  if (sum.kept_back > 0) out += fmt::format(" ({} kept back in the kernel)", sum.kept_back);
  out += ", ";
  out += sum.losses_known || sum.lost > 0 ? fmt::format("{} lost", sum.lost)
                                          : std::string("losses not known (no ledger)");
  if (sum.missed > 0) out += fmt::format(", {} missed by the kernel", sum.missed);
  if (sum.unshown > 0) out += fmt::format(", {} more not shown", sum.unshown);
  if (sum.unwritten > 0) {
    out += fmt::format(", {} bytes not {}", sum.unwritten,
                       sum.trouble ? "written" : "taken by the reader");
  }
  return out + fmt::format(", {:.1f} s", static_cast<double>(sum.elapsed.count()) / 1000);
}

// What SEC does not say can be said here.
Error with_attach_hint(Error error) {
  const auto* attempt = error.attempt();
  const bool has_no_type = attempt != nullptr && attempt->step == Attempt::Step::link &&
                           attempt->type == ProgramType::unspecified;
  if (!has_no_type) return error;
  return std::move(error).hint(
      fmt::format("Say where it hangs: --attach '{0}=HOOK', as in --attach "
                  "'{0}=tp/sched/sched_switch'.",
                  attempt->program));
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> out;
  for (const CLI::Option* option : command.get_options()) {
    for (const auto& name : option->get_lnames()) out.push_back("--" + name);
  }
  return out;
}

// What the command line says of the object itself.
Result<void> configure(const Arguments& arguments, ObjectSpec& spec, run::SessionOptions& options) {
  SKEP_CHECK(run::keep_only(spec, arguments.only));
  SKEP_CHECK(run::set_ring_size(spec, arguments.ring));
  auto rest = arguments.command->remaining();
  SKEP_TRY(options.places, run::take_places(spec, rest));
  SKEP_CHECK(run::apply_arguments(spec, rest, options_of(*arguments.command)));
  SKEP_TRY(options.map_writes, run::plan_map_writes(spec, arguments.maps, arguments.map_file));
  return {};
}

// All that is known before anything is loaded.
struct Prepared {
  run::Source source;
  run::SessionOptions options;
  run::Plan plan;
  std::vector<std::string> warnings;  // that were said
};

// Nothing when that was not possible; the reason has been reported, and `code` is the exit code.
std::optional<Prepared> prepare(const Arguments& arguments, int& code) {
  auto source = open_with_progress(arguments.name, arguments.source);
  const auto refuse = [&](const Error& error) {
    code = report(error, source ? &source->spec : nullptr);
    return std::nullopt;
  };
  if (!source) return refuse(source.error());
  pass_on(source->diagnostics);
  auto options = session_options(arguments);
  if (!options) return refuse(options.error());
  if (auto done = configure(arguments, source->spec, *options); !done) return refuse(done.error());
  if (const auto any = check_for_programs(source->spec); !any) return refuse(any.error());
  run::PlanOptions wanted{.locals = std::move(source->locals), .types = arguments.types};
  apply(arguments.tables, wanted);
  auto plan = run::make_plan(source->spec, wanted);
  if (!plan) return refuse(plan.error());
  if (options->format == run::Format::folded && !plan->has_stacks()) {
    return refuse(Error(ErrorKind::invalid_argument,
                        fmt::format("-o folded: {} has no rows with stacks", arguments.name))
                      .hint("`skep plan` shows what its rows have."));
  }
  auto warnings = foresee(source->spec);
  for (const auto& warning : warnings) say("warning: " + warning);
  return Prepared{*std::move(source), *std::move(options), *std::move(plan), std::move(warnings)};
}

void announce(const Arguments& arguments, const run::Session& session,
              const std::vector<std::string>& said) {
  for (const auto& note : session.notes()) {
    if (std::ranges::find(said, note) == said.end()) say(note);
  }
  std::string end = "Ctrl-C ends";
  if (!arguments.watched.empty()) end = "ends with " + arguments.watched.front();
  say(fmt::format("attached {} program{}; {}", session.attached(),
                  session.attached() == 1 ? "" : "s", end));
}

struct Ran {
  int code = exit_ok;
  bool was_interrupted = false;
};

Ran run_session(const Arguments& arguments, Prepared prepared) {
  auto& source = prepared.source;
  const ObjectSpec spec = source.spec;  // kept for the explanation of a failure
  ProgressLine line;
  prepared.options.progress = [&line](std::string_view what) { line.show(what); };
  auto session = run::Session::start(std::move(source.spec), std::move(prepared.plan),
                                     std::move(prepared.options), source.kernel_types);
  if (!session) return {report(with_attach_hint(std::move(session).error()), &spec)};
  if (!arguments.quiet) announce(arguments, *session, prepared.warnings);
  auto sum = session->run();
  if (!sum) return {report(sum.error())};
  if (!sum->was_started) {
    report(*sum->trouble);
    return {sum->exit_code.value_or(exit_failed)};
  }
  if (!arguments.quiet) {
    for (const auto& note : sum->notes) say(note);
    say(closing_line(*sum));
  }
  if (sum->trouble) return {report(*sum->trouble), sum->was_interrupted};
  return {sum->exit_code.value_or(exit_ok), sum->was_interrupted};
}

// What takes the place of a program that runs: nothing, when it would not load either.
std::optional<Prepared> prepare_next(const Arguments& arguments) {
  say(fmt::format("{} has changed", arguments.name));
  int code = exit_ok;
  auto next = prepare(arguments, code);
  if (next) {
    const auto trial = run::load_all(next->source.spec, next->source.kernel_types, next->options);
    if (trial) {
      say(fmt::format("its maps are empty again{}",
                      arguments.count > 0 ? ", and --count begins anew" : ""));
      return next;
    }
    report(trial.error(), &next->source.spec);
  }
  say("what was running goes on");
  return std::nullopt;
}

// Once more for each change, until something else ends it.
Result<int> run_watching(const Arguments& arguments, Prepared first) {
  if (first.source.files.empty() || !arguments.watched.empty()) {
    return fail(ErrorKind::invalid_argument,
                "--watch: it takes a source or an object, and no command");
  }
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  SKEP_TRY(auto watch, run::FileWatch::open());
  std::optional<Prepared> next(std::move(first));
  const auto written = std::make_shared<std::map<std::string, std::string>>();
  for (;;) {
    Prepared now = *std::exchange(next, std::nullopt);
    SKEP_CHECK(watch.follow(now.source.files));
    if (now.options.duration) {
      const auto gone = std::chrono::floor<std::chrono::milliseconds>(Clock::now() - started);
      now.options.duration = std::max(*now.options.duration - gone, std::chrono::milliseconds(0));
    }
    now.options.file.written = written;
    now.options.wake = watch.descriptor();
    now.options.on_wake = [&] {
      if (watch.has_changed()) next = prepare_next(arguments);
      return next.has_value();
    };
    const Ran ran = run_session(arguments, std::move(now));
    if (!next || ran.was_interrupted) return ran.code;
  }
}

int act(const Arguments& arguments) {
  if (arguments.help) return show_help(arguments);
  if (arguments.name.empty()) {
    return report(Error(ErrorKind::invalid_argument, "run: what? Name a tool, a .bpf.c or a .bpf.o")
                      .hint("`skep tools` lists the tools; `skep run --help` shows examples."));
  }
  int code = exit_ok;
  auto prepared = prepare(arguments, code);
  if (!prepared) return code;
  if (!arguments.watch) return run_session(arguments, *std::move(prepared)).code;
  const auto done = run_watching(arguments, *std::move(prepared));
  return done ? *done : report(done.error());
}

// When it ends, and what it says beside its rows.
void add_session_options(CLI::App& command, Arguments& arguments) {
  add_row_options(command, arguments.rows);
  command.add_option("--duration", arguments.duration, "End after a time: 10s, 500ms, 2m")
      ->option_text("TIME");
  command.add_option("--count", arguments.count, "End after so many rows")
      ->check(above_zero)
      ->option_text("ROWS");
  command.add_flag("--watch", arguments.watch,
                   "Compile and load anew when the source, a header or the object changes");
  command.add_flag("-q,--quiet", arguments.quiet, "Nothing but rows and errors");
}

void add_source_options(CLI::App& command, run::SourceOptions& source) {
  add_compile_options(command, source);
  command
      .add_option("--btf", source.types,
                  "The kernel's types: a file, or a directory with RELEASE.btf")
      ->option_text("FILE|DIR");
  command.add_flag_callback("--no-cache", [&source] { source.use_cache = false; }, "Compile anew");
}

// What is loaded, and what stands in its maps.
void add_object_options(CLI::App& command, Arguments& arguments) {
  const auto add_list = [&command](const char* name, std::vector<std::string>& to,
                                   const char* value, const std::string& help) {
    command.add_option(name, to, help)->allow_extra_args(false)->option_text(value);
  };
  add_list("--type", arguments.types, "MAP=TYPE", types_help);
  add_list("--only", arguments.only, "PROGRAM", only_help);
  add_list("--map", arguments.maps, "MAP[KEY]=VALUE",
           "What stands in a map: 'ports[80]={weight=3}', 'progs[execve]=prog:NAME', "
           "'groups[0]=/sys/fs/cgroup/x' (repeat for more)");
  command
      .add_option("--map-file", arguments.map_file,
                  "The same from JSON: {\"MAP\": {\"KEY\": VALUE}}")
      ->option_text("FILE");
  command.add_option("--ring", arguments.ring, "How large each ring buffer is: 256K, 4M")
      ->option_text("SIZE");
  command
      .add_option("--pin-root", arguments.pin_root,
                  "The bpffs where maps are pinned by name (/sys/fs/bpf)")
      ->option_text("DIR");
}

}  // namespace

void add_run(CLI::App& app, Action& action, std::vector<std::string> watched) {
  auto arguments = std::make_shared<Arguments>();
  arguments->watched = std::move(watched);
  auto* command = app.add_subcommand("run", "Compile, load, attach and show a program or tool");
  arguments->command = command;
  command->allow_extras();
  command->set_help_flag();
  command->add_option("NAME", arguments->name, "A tool, a .bpf.c source or a .bpf.o object")
      ->option_text(" ");
  command->add_flag("-h,--help", arguments->help, "This text; with NAME, its parameters too");
  add_session_options(*command, *arguments);
  add_source_options(*command, arguments->source);
  add_table_options(*command, arguments->tables);
  add_object_options(*command, *arguments);
  command->footer(
      "Examples:\n"
      "  skep run execsnoop --duration 10s\n"
      "  skep run opensnoop --pid 4711 --failed -o json\n"
      "  skep run opensnoop --where 'ret == ENOENT && path ~ \"/etc/*\"'\n"
      "  skep run my.bpf.c --cflags=-DDEBUG\n"
      "  skep run opensnoop -- make        what a command and its children do, until it ends; its "
      "exit code is skep's\n"
      "Exit codes: 0 done; 1 failed; 2 wrong usage; with a command its own, 128 + n when signal n "
      "ended it; 127 when it is not found, 126 when it cannot be executed.\n");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
