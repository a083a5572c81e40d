#include "cli/row_options.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "base/error.hpp"
#include "run/row_output.hpp"

namespace skep::cli {
namespace {

struct NamedFormat {
  std::string_view name;
  run::Format format;
};

// json is one object a line already: jsonl is what others call that.
constexpr std::array formats{
    NamedFormat{"table", run::Format::table},   NamedFormat{"json", run::Format::json},
    NamedFormat{"jsonl", run::Format::json},    NamedFormat{"csv", run::Format::csv},
    NamedFormat{"yaml", run::Format::yaml},     NamedFormat{"raw", run::Format::raw},
    NamedFormat{"folded", run::Format::folded},
};

std::vector<std::string> format_names() {
  std::vector<std::string> out;
  out.reserve(formats.size());
  for (const auto& format : formats) out.emplace_back(format.name);
  return out;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

Result<void> apply_file(const RowArguments& arguments, run::SessionOptions& options) {
  const bool is_format =
      std::ranges::find(formats, arguments.output, &NamedFormat::name) != formats.end();
  if (is_format) {
    return std::unexpected(
        Error(ErrorKind::invalid_argument,
              "--output " + arguments.output + ": it takes a file, and this is a format")
            .hint("The format is -o " + arguments.output + "; a file of that name is ./" +
                  arguments.output + "."));
  }
  options.file.path = arguments.output;
  if (arguments.rotation.empty()) return {};
  if (arguments.output.empty()) {
    return fail(ErrorKind::invalid_argument, "--rotate: it goes with --output FILE");
  }
  return run::parse_rotation(arguments.rotation, options.file);
}

}  // namespace

void add_row_options(CLI::App& command, RowArguments& arguments) {
  command
      .add_option("-o,--format", arguments.format,
                  "How rows are written: table, json or jsonl (an object a line), csv, yaml, raw "
                  "(the records' bytes), or folded (stacks, for flame graphs)")
      ->check(CLI::IsMember(format_names()))
      ->option_text("FORMAT");
  command
      .add_option("--where", arguments.where,
                  "Only rows for which this holds: 'pid == 42 && ret < 0 && comm ~ \"ngi*\"'")
      ->option_text("EXPRESSION");
  command
      .add_option("--columns", arguments.columns,
                  "Only these, in this order: pid,addr.v4 (a struct's name: all that is in it)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->option_text("NAMES");
  command.add_flag("--timestamps", arguments.timestamps,
                   "Before each row when it was; where a record does not say it, when it was read");
  command.add_flag("--no-header", arguments.no_header, "No header line above a table, or csv");
  command
      .add_option("--output", arguments.output,
                  "Write rows to a file, begun anew; where there are several kinds of rows, to one "
                  "each: FILE.NAME.json")
      ->option_text("FILE");
  command
      .add_option("--rotate", arguments.rotation,
                  "A file that would grow beyond SIZE becomes FILE.1; KEEP old ones are kept (5)")
      ->option_text("SIZE[:KEEP]");
}

Result<void> apply(const RowArguments& arguments, run::SessionOptions& options) {
  const auto* format = std::ranges::find(formats, arguments.format, &NamedFormat::name);
  if (format != formats.end()) options.format = format->format;
  const bool has_header =
      options.format == run::Format::table || options.format == run::Format::csv;
  options.header = !arguments.no_header && has_header;
  options.columns = arguments.columns;
  options.where = arguments.where;
  options.timestamps = arguments.timestamps;
  SKEP_CHECK(apply_file(arguments, options));
  if (!options.file.path.empty() || ::isatty(STDOUT_FILENO) == 0) return {};
  if (options.format == run::Format::raw) {
    return fail(ErrorKind::invalid_argument,
                "-o raw: the records' bytes are nothing for a terminal: --output FILE");
  }
  const char* no_colour = std::getenv("NO_COLOR");
  options.colour = no_colour == nullptr || *no_colour == '\0';
  options.width = terminal_width();
  return {};
}

}  // namespace skep::cli
