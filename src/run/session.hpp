// run/session.hpp: a plan carried out: load, attach, rows until told to stop, detach.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/map_option.hpp"
#include "run/places.hpp"
#include "run/plan.hpp"
#include "skep/object.hpp"

namespace skep::run {

// json: one object a line. csv: RFC 4180. yaml: a document a record. raw: the records' bytes.
// folded: stacks only, for flame graphs.
enum class Format : std::uint8_t { table, json, csv, yaml, raw, folded };

// Whether rows in this format have their stacks beside them; raw has what the record has.
[[nodiscard]] constexpr bool names_stacks(Format format) noexcept { return format != Format::raw; }

// A file that rows go to, and when another one is begun.
struct OutputFile {
  std::filesystem::path path;    // empty: SessionOptions::output
  std::uint64_t most_bytes = 0;  // then FILE becomes FILE.1, and that one FILE.2; 0: never
  std::uint32_t kept = 0;        // of the old ones
  // Shared by sessions that follow each other, as --watch makes them: by files, the header that
  // stands above what was written last. They go on in the same files.
  std::shared_ptr<std::map<std::string, std::string>> written;
};

// How tables are shown each time.
struct TableOptions {
  enum class Change : std::uint8_t { none, delta, rate };
  Change change = Change::none;    // instead of sums: what was added since the last time; a second
  std::optional<std::size_t> top;  // so many rows of each
  bool clear = false;              // what was shown is deleted
};

// What rows look like, and which of them are shown.
struct RowOptions {
  Format format = Format::table;
  std::vector<std::string> columns;  // their names, in order; none: all
  bool timestamps = false;           // when, before each row
  std::string where;                 // which rows: see record/where.hpp; empty: all
  bool header = true;
  bool colour = false;
  std::size_t width = 0;  // terminal columns; 0: do not cut
};

struct SessionOptions : RowOptions {
  // Told what takes time, before it; "" when that is done. Perhaps nothing.
  std::function<void(std::string_view)> progress;
  TableOptions tables;
  std::optional<std::chrono::milliseconds> duration;
  std::optional<std::uint64_t> count;              // rows
  std::optional<std::chrono::milliseconds> every;  // how often tables are shown; else at the end
  int output = 1;                                  // descriptor that rows go to
  OutputFile file;                                 // or the file
  std::filesystem::path pin_root = "/sys/fs/bpf";  // where maps are pinned by their names
  Places places;         // where programs attach whose SEC does not say it
  MapWrites map_writes;  // what stands in maps before anything is attached
  // Started once all is attached; its end is the session's, and only records of it and of its
  // children are shown, where records say of which process they are.
  std::vector<std::string> command;
  // Called when the descriptor is readable, while events go on to be gathered; true ends the
  // session.
  int wake = -1;
  std::function<bool()> on_wake;
  // The seam that the object is loaded and read with; nullptr is the running kernel. For tests.
  kernel::Syscalls* syscalls = nullptr;
};

// The ledger of a session: produced = rows + unwanted + kept back + lost, where the object counts
// its losses.
struct Summary {
  std::uint64_t rows = 0;
  bool is_filtered = false;      // by `where`
  std::uint64_t unwanted = 0;    // rows that `where` did not let through, of those that were sent
  std::uint64_t kept_back = 0;   // that it did not let through in the kernel
  std::uint64_t lost = 0;        // records that found their ring full
  std::uint64_t missed = 0;      // times the kernel did not run a program (recursion)
  bool losses_known = true;      // false when a stream has no ledger
  std::uint64_t unshown = 0;     // rows that came when nobody took any more
  std::size_t unwritten = 0;     // bytes of rows that nobody took
  bool was_interrupted = false;  // by a signal
  std::chrono::milliseconds elapsed{0};
  std::vector<std::string> notes;  // what was not said well enough, one sentence each
  bool was_started = true;         // the command, if there is one; else `trouble` says why not
  std::optional<int> exit_code;    // the command's, when it has ended: Command::exit_code
  std::optional<Error> trouble;    // what ended it: rows that could not be read or written
};

class Session {
 public:
  // Loads and attaches. From here SIGINT and SIGTERM end run() instead of the process.
  static Result<Session> start(ObjectSpec spec, Plan plan, SessionOptions options,
                               const std::optional<Btf>& kernel_types = std::nullopt);

  // How many programs hang on their hooks.
  [[nodiscard]] std::size_t attached() const noexcept;

  // What the user should know before the rows, one sentence each: what is not shown, what the
  // kernel would not have.
  [[nodiscard]] std::vector<std::string> notes() const;

  // Rows until a signal, the duration, the count, trouble, or a reader that went away; then
  // detaches (all programs side by side), shows what was still in the rings, and adds up.
  Result<Summary> run();

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace skep::run
