#include "run/session.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/syscalls.hpp"
#include "run/attach.hpp"
#include "run/choice.hpp"
#include "run/command.hpp"
#include "run/family.hpp"
#include "run/iterators.hpp"
#include "run/live.hpp"
#include "run/printk.hpp"
#include "run/process_column.hpp"
#include "run/pushdown.hpp"
#include "run/row_output.hpp"
#include "run/rows.hpp"
#include "run/signals.hpp"
#include "run/sink.hpp"
#include "run/stacks.hpp"
#include "run/statistics.hpp"
#include "run/stream_reader.hpp"
#include "run/streams.hpp"
#include "run/tables.hpp"
#include "skep/handshake.hpp"
#include "skep/perf.hpp"
#include "skep/ring.hpp"
#include "skep/session.hpp"
#include "stream/trace_pipe.hpp"

namespace skep::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t write_at = std::size_t{64} * 1024;  // bytes of rows that go out in one write
constexpr std::chrono::milliseconds look_every{200};
constexpr auto longest_delay = std::chrono::milliseconds(50);  // of rows
constexpr std::size_t batch = 1024;  // records drained before other streams have their turn
constexpr auto look_around = std::chrono::milliseconds(5);  // while there is always more to read

// Lines of bpf_printk, and which of the trace pipe's are this object's.
struct Printed {
  stream::TracePipe pipe;
  PrintedFormats formats;
  RowWriter::Kind kind;
  std::vector<std::byte> record;  // the last line's
};

}  // namespace

struct Session::State {
  SessionOptions options;
  Plan plan;
  Object object;
  std::optional<Stacks> stacks;
  std::vector<Stream> streams;
  std::optional<Handshake> handshake;  // over all rings
  std::vector<TableReader> tables;
  std::optional<Printed> printed;
  std::vector<Link> links;
  std::vector<IteratorReader> iterators;  // of these
  std::optional<ProgramStatistics> statistics;
  std::size_t attached = 0;
  std::optional<Announcement> announcement;  // what makes `skep set` find it
  std::optional<Command> command;
  std::optional<Family> family;  // of the command
  Fd signals;
  RowOutputs outputs;
  std::uint64_t rows = 0, unwanted = 0, unshown = 0;
  std::optional<Unread>
      last_unread;           // when the last wanted row was read: what came then is nobody's
  std::uint64_t strays = 0;  // records of none of the types of their stream
  bool is_taken = true;      // what is shown
  Clock::time_point started = Clock::now();
  Clock::time_point next_tables = Clock::time_point::max();
  Clock::time_point next_look = Clock::time_point::max();  // at processes with stacks in tables
  Clock::time_point next_write, next_poll;                 // while there is always more to read
  bool was_told = false;                                   // to end, and told the command

  State(Object loaded, RowOutputs opened) : object(std::move(loaded)), outputs(std::move(opened)) {}

  [[nodiscard]] std::uint64_t rows_wanted() const {
    if (!options.count) return UINT64_MAX;
    return *options.count - std::min(rows, *options.count);
  }
  struct Drained {
    bool any = false;
    bool more = false;  // may wait, so that they are to be looked at again before resting
  };
  Drained drain(Stream& stream);
  Result<bool> drain(Printed& from);
  Result<Drained> drain_all();
  bool is_wanted(const RowWriter::Kind& kind, std::span<const std::byte> record);
  bool is_told_to_end();
  Result<void> show_tables();
  Result<void> show_iterators();
  void open_iterators();
  [[nodiscard]] bool has_only_iterators() const;
  using Pause = std::optional<std::chrono::microseconds>;  // nothing: until something comes
  Pause rest();
  Result<bool> wait(Clock::time_point deadline, Pause pause);
  Result<void> loop();
  Result<void> wind_up();
  void choose_outputs();
  Result<void> shake_hands();
  [[nodiscard]] Result<Summary> add_up();
};

Session::Session(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::start(ObjectSpec spec, Plan plan, SessionOptions options,
                               const std::optional<Btf>& kernel_types) {
  SKEP_CHECK(check_choice(plan, options));
  SKEP_TRY(auto outputs, RowOutputs::open(plan, options));
  SKEP_TRY(auto object, load_with_where(std::move(spec), plan, options, kernel_types));
  SKEP_CHECK(write_maps(object, options.map_writes));
  std::optional<Family> family;
  std::optional<Command> command;
  if (!options.command.empty()) {
    SKEP_TRY(family, Family::follow());
    SKEP_TRY(auto prepared, Command::prepare(options.command));
    command.emplace(std::move(prepared));
    if (!family->has_begun()) {
      return fail(ErrorKind::unsupported,
                  "follow {}: the kernel did not say that it was started; run it on its own",
                  options.command.front());
    }
  }
  auto state = std::make_unique<State>(std::move(object), std::move(outputs));
  state->options = std::move(options);
  state->plan = std::move(plan);
  state->stacks.emplace(state->object, state->options);
  for (const auto& planned : state->plan.streams) {
    SKEP_TRY(auto stream, open_stream(state->object, planned, state->options, &*state->stacks));
    state->streams.push_back(std::move(stream));
  }
  SKEP_CHECK(state->shake_hands());
  for (const auto& planned : state->plan.tables) {
    if (!planned.shown) continue;
    SKEP_TRY(const Map* map, state->object.map(planned.map));
    state->tables.emplace_back(*map, planned, state->options, &*state->stacks);
    SKEP_CHECK(state->tables.back().begin());
  }
  if (state->plan.prints) {
    SKEP_TRY(auto pipe, stream::TracePipe::open(kernel::real_syscalls()));
    state->printed.emplace(std::move(pipe), PrintedFormats(state->object.spec()),
                           printed_kind(state->options), std::vector<std::byte>());
  }
  if (state->plan.statistics) state->statistics.emplace(state->object, state->options);
  SKEP_TRY(state->signals, take_over_signals());
  SKEP_TRY(auto session, attach_all(state->object, state->options, state->plan.notes));
  state->links = session.release();
  state->started = Clock::now();
  if (state->options.every) state->next_tables = state->started + *state->options.every;
  if (std::ranges::any_of(state->tables, &TableReader::has_stacks)) {
    state->next_look = state->started + look_every;
  }
  state->attached = state->links.size();
  state->open_iterators();
  SKEP_TRY(state->announcement, Announcement::make(state->object));
  if (command) {
    state->family = std::move(family);
    state->command.emplace(*std::move(command));
  }
  SKEP_CHECK(state->outputs.start());
  state->choose_outputs();
  return Session(std::move(state));
}

std::size_t Session::attached() const noexcept { return state_->attached; }

std::vector<std::string> Session::notes() const {
  std::vector<std::string> out = state_->plan.notes;
  std::ranges::move(notes_on_choice(state_->plan, state_->options), std::back_inserter(out));
  const auto& kernel = state_->object.notes();
  out.insert(out.end(), kernel.begin(), kernel.end());
  for (const Link& link : state_->links) {
    if (is_hung_singly(link.hook())) {
      out.push_back(fmt::format("{}: this kernel has no link that holds many uprobes (6.6)",
                                describe(link.hook())));
    }
  }
  if (state_->statistics && !state_->statistics->note().empty()) {
    out.push_back(state_->statistics->note());
  }
  if (const auto& printed = state_->printed) {
    const auto& pipe = printed->pipe.notes();
    out.insert(out.end(), pipe.begin(), pipe.end());
  }
  return out;
}

// Where the rows of each kind go. What is read by other programs has its header even without rows.
void Session::State::choose_outputs() {
  const bool begins = options.format == Format::csv;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    for (auto& kind : streams[i].rows.kinds()) {
      kind.output = outputs.index_of(plan.streams[i].map, kind.name);
    }
    for (const auto& kind : streams[i].rows.kinds()) {
      if (begins && !kind.is_unknown) outputs[kind.output].begin(kind);
    }
  }
  for (auto& table : tables) {
    table.rows().output = outputs.index_of(table.map(), "");
    if (begins) outputs[table.rows().output].begin(table.rows());
  }
  if (statistics) {
    statistics->rows().output = outputs.index_of(statistics_source, "");
    if (begins) outputs[statistics->rows().output].begin(statistics->rows());
  }
  if (!printed) return;
  printed->kind.output = outputs.index_of(printed_source, "");
  if (begins) outputs[printed->kind.output].begin(printed->kind);
}

// Of rings that are told that we rest.
Result<void> Session::State::shake_hands() {
  SKEP_TRY(auto opened, Handshake::open(object));
  if (!opened) return {};
  handshake.emplace(*std::move(opened));
  for (auto& stream : streams) {
    for (auto& ring : stream.rings) ring.leave_rest(true);
  }
  return {};
}

Session::State::Drained Session::State::drain(Stream& stream) {
  const auto show = [&](std::span<const std::byte> record) {
    const RowWriter::Kind& kind = stream.rows.kind_of(record);
    if (rows_wanted() == 0 || !is_wanted(kind, record)) return;
    if (!is_taken) return void(++unshown);
    outputs[kind.output].append(kind, record);
    ++rows;
  };
  Drained out;
  for (auto& ring : stream.rings) {
    // Of a filtered stream it takes more records than rows.
    const bool is_filtered = !options.where.empty();
    const auto limit = is_filtered ? batch : std::min<std::uint64_t>(batch, rows_wanted());
    const auto count = ring.drain(show, limit);
    out.any |= count > 0;
    out.more |= handshake ? count == limit : count > 0;
  }
  if (!stream.perf) return out;
  const auto count = stream.perf->drain([&](const PerfRecord& record) { show(record.data); });
  return {.any = count > 0 || stream.has_more(), .more = count > 0};
}

bool Session::State::is_wanted(const RowWriter::Kind& kind, std::span<const std::byte> record) {
  if (family && kind.process()) {
    const auto process = kind.process()->read(record);
    if (process && !family->holds(*process)) return false;
  }
  if (kind.is_unknown) ++strays;
  if (kind.is_unknown && options.format == Format::csv) return false;
  if (kind.wants(record)) return true;
  ++unwanted;
  return false;
}

// Hands out what waits, in turns.
Result<Session::State::Drained> Session::State::drain_all() {
  Drained out;
  for (auto& stream : streams) {
    const auto drained = drain(stream);
    out.any |= drained.any;
    out.more |= drained.more;
  }
  if (printed) {
    SKEP_TRY(const bool any_line, drain(*printed));
    out.any |= any_line;
    out.more |= any_line;
  }
  return out;
}

Result<bool> Session::State::drain(Printed& from) {
  const std::uint64_t before = rows + unwanted + unshown;
  SKEP_CHECK(from.pipe.drain([&](const stream::PrintedLine& line) {
    if (rows_wanted() == 0 || !from.formats.matches(line.text)) return;
    if (family && !family->holds(line.pid)) return;
    make_printed_record(line, from.record);
    if (!from.kind.wants(from.record)) return void(++unwanted);
    if (!is_taken) return void(++unshown);
    outputs[from.kind.output].append(from.kind, from.record);
    ++rows;
  }));
  return rows + unwanted + unshown > before;
}

Result<void> Session::State::show_tables() {
  for (auto& table : tables) {
    SKEP_TRY(const auto shown, table.append(outputs[table.rows().output]));
    rows += shown.rows;
    unwanted += shown.unwanted;
  }
  if (statistics) {
    SKEP_TRY(const auto count, statistics->append(outputs[statistics->rows().output]));
    rows += count;
  }
  return {};
}

// After the links: it is these that are read.
void Session::State::open_iterators() {
  for (const Link& link : links) {
    if (!std::holds_alternative<Iterator>(link.hook())) continue;
    auto& reader = iterators.emplace_back(
        link, options, plan.iterators.size() == 1 && plan.streams.empty() && tables.empty());
    reader.rows().output = outputs.index_of(reader.name(), "");
  }
}

// Then there is nothing to wait for.
bool Session::State::has_only_iterators() const {
  return !iterators.empty() && iterators.size() == links.size() && !command;
}

Result<void> Session::State::show_iterators() {
  for (auto& iterator : iterators) {
    SKEP_TRY(const auto count, iterator.append(outputs[iterator.rows().output]));
    rows += count;
  }
  return {};
}

// A signal waits. While a command runs, the first one is meant for that, which has it already when
// a terminal sent it.
bool Session::State::is_told_to_end() {
  if (!command || command->exit_code() || was_told) return true;
  signalfd_siginfo signal{};
  if (::read(signals.get(), &signal, sizeof(signal)) != sizeof(signal)) return false;
  was_told = true;
  if (signal.ssi_code != SI_KERNEL) command->send(static_cast<int>(signal.ssi_signo));
  return false;
}

// How long nobody need look at the streams.
Session::State::Pause Session::State::rest() {
  constexpr std::chrono::milliseconds settle(
      2);  // what of a perf buffer is too young for its order
  if (std::ranges::any_of(streams, &Stream::has_more)) return settle;
  if (!handshake) return std::nullopt;
  std::vector<const RingReader*> rings;
  for (const auto& stream : streams) {
    for (const auto& ring : stream.rings) rings.push_back(&ring);
  }
  return handshake->rest(rings);
}

// Sleeps until something may have come, at most `pause`. False when the session shall end: a
// signal, the deadline, or the command's end.
Result<bool> Session::State::wait(Clock::time_point deadline, Pause pause) {
  const auto now = Clock::now();
  const bool at_once = pause && pause->count() == 0;
  if (at_once && now < next_poll) return now < deadline;
  next_poll = now + look_around;
  std::vector<pollfd> fds = {{signals.get(), POLLIN, 0},
                             {command ? command->descriptor() : -1, POLLIN, 0},
                             {options.wake, POLLIN, 0},
                             {handshake ? handshake->wake_fd() : -1, POLLIN, 0}};
  for (const auto& stream : streams) {
    if (!handshake || stream.perf) stream.add_descriptors(fds);
  }
  if (printed) fds.push_back({printed->pipe.fd(), POLLIN, 0});
  auto until = std::min({deadline, next_tables, next_look});
  if (pause) until = std::min(until, now + *pause);
  const auto left = std::max<std::chrono::nanoseconds>(until - now, std::chrono::nanoseconds(0));
  const timespec time{.tv_sec = left.count() / 1'000'000'000,
                      .tv_nsec = left.count() % 1'000'000'000};
  const bool is_timed = until != Clock::time_point::max();
  const int ready = ::ppoll(fds.data(), fds.size(), is_timed ? &time : nullptr, nullptr);
  if (ready < 0 && errno != EINTR) return fail_errno(errno, "wait for events");
  if (fds[3].revents != 0) handshake->woken();
  if (fds[0].revents != 0 && is_told_to_end()) return false;
  if (fds[1].revents != 0 && command->exit_code()) return false;
  if (fds[2].revents != 0 && options.on_wake()) return false;
  return Clock::now() < deadline;
}

// Until a signal, the deadline, the last wanted row, or a reader that went away.
Result<void> Session::State::loop() {
  if (has_only_iterators() && !options.every) return {};
  const auto deadline = options.duration ? started + *options.duration : Clock::time_point::max();
  for (;;) {
    SKEP_TRY(const Drained drained, drain_all());
    SKEP_CHECK(check_all(streams));
    auto pause = rest();
    if (drained.more) pause = std::chrono::microseconds(0);
    const bool at_once = pause && pause->count() == 0;
    if (Clock::now() >= next_tables) {
      SKEP_CHECK(show_iterators());
      SKEP_CHECK(show_tables());
      next_tables = std::max(next_tables + *options.every, Clock::now());
    }
    if (Clock::now() >= next_look) {
      for (const auto& table : tables) SKEP_CHECK(table.remember());
      next_look = Clock::now() + look_every;
    }
    const bool enough = rows_wanted() == 0;
    if (enough && !last_unread) last_unread = count_unread(streams);
    if (outputs.waiting() >= write_at || !at_once || enough || Clock::now() >= next_write) {
      SKEP_TRY(const auto outcome, outputs.write(signals.get()));
      if (outcome != Sink::Outcome::written || enough) return {};
      next_write = Clock::now() + longest_delay;
    }
    SKEP_TRY(const bool go_on, wait(deadline, pause));
    if (!go_on) return {};
  }
}

// Nothing new comes once the programs are off their hooks: what the rings still hold is shown, or
// counted when nobody takes it. Where one file fails, the others have all of theirs.
Result<void> Session::State::wind_up() {
  SKEP_CHECK(show_iterators());
  iterators.clear();
  detach_all(std::exchange(links, {}));
  Result<void> out;
  const auto finish = [&] {
    auto all = outputs.finish(std::chrono::seconds(1));
    is_taken = !all || *all;
    if (!all && out) out = std::unexpected(std::move(all).error());
  };
  Result<Drained> drained = Drained{.any = true};
  for (; drained && drained->any && rows_wanted() > 0; drained = drain_all()) {
    if (is_taken && outputs.waiting() >= write_at) finish();
  }
  if (!drained && out) out = std::unexpected(std::move(drained).error());
  if (out) out = check_all(streams);
  SKEP_CHECK(show_tables());
  if (is_taken) finish();
  return out;
}

Result<Summary> Session::State::add_up() {
  Summary sum{.rows = rows,
              .is_filtered = !options.where.empty(),
              .unwanted = unwanted,
              .unshown = unshown,
              .unwritten = outputs.waiting() + outputs.dropped()};
  sum.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started);
  (last_unread ? *last_unread : count_unread(streams)).add_to(sum);
  if (printed) sum.lost += printed->pipe.lost();
  sum.notes = stacks->notes();
  if (strays > 0) {
    const bool is_shown = options.format != Format::csv && options.where.empty();
    sum.notes.push_back(fmt::format("records of no known type, {}: {}",
                                    is_shown ? "shown as hex" : "not shown", strays));
  }
  for (const auto& program : object.programs()) {
    SKEP_TRY(const auto info, program.info());
    sum.missed += info.recursion_misses;
  }
  if (command) sum.exit_code = command->exit_code();
  if (family && family->missed() > 0) {
    sum.notes.push_back(fmt::format(
        "the command started too many processes: rows of {} are not shown", family->missed()));
  }
  return sum;
}

Result<Summary> Session::run() {
  if (state_->command) {
    auto started = state_->command->start();
    if (!started) {
      return Summary{.was_started = false,
                     .exit_code = state_->command->exit_code(),
                     .trouble = std::move(started).error()};
    }
  }
  auto ended = state_->loop();
  const bool was_interrupted = give_back_signals(state_->signals);
  auto wound = state_->wind_up();
  auto sum = state_->add_up();
  for (auto* step : {&ended, &wound}) {
    if (*step) continue;
    if (!sum) return std::unexpected(std::move(*step).error());
    if (!sum->trouble) sum->trouble = std::move(*step).error();
  }
  if (sum) sum->was_interrupted = was_interrupted;
  return sum;
}

}  // namespace skep::run
