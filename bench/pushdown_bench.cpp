// What a record costs that `--where` leaves out, one in a thousand being wanted: kept back in the
// kernel (reserved and discarded; asked about before the reserve; not copied), or sent and left out
// by the reader. The same program at full load, by turns; between them
// the call with no program on it. CPU times, since who else wants the CPU is nobody's fault. As
// root.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "calls.hpp"
#include "ratio.hpp"
#include "record/format.hpp"
#include "record/where.hpp"
#include "run/plan.hpp"
#include "run/pushdown.hpp"
#include "skep/handshake.hpp"
#include "skep/ledger.hpp"
#include "skep/object.hpp"
#include "skep/ring.hpp"
#include "stream/ledger.hpp"

namespace {

using namespace skep;
using bench::must, bench::seconds_of_calls, bench::stay_on;

constexpr int calls = 100'000, rounds = 11;
constexpr std::uint64_t records = std::uint64_t{16} * calls;
constexpr const char* wanted = "slot == 0 && comm != ''";

enum class Way : std::uint8_t { reserved, early, copied };
constexpr std::string_view names[] = {"reserved: ", "asked early: ", "copied: "};

struct Cost {
  double made = 0, read = 0;  // nanoseconds of CPU for a record: who makes it, the reader
  double busy = 0;            // the reader's CPU, as percent of the maker's
};

// The program, with the expression in it or not.
class Filtered {
 public:
  Filtered(const char* file, Way way, bool in_kernel) {
    auto spec = must(ObjectSpec::open(file));
    const int thread = static_cast<int>(::syscall(SYS_gettid));
    must(set(spec, thread, way));
    const auto plan = must(run::make_plan(spec));
    schema_ = plan.streams.at(0).records.at(0).schema;
    run::RowOptions options;
    if (in_kernel) options.where = wanted;
    const auto parts = run::push_where(spec, plan, options, false);
    if (in_kernel && (parts.empty() || !parts[0].parts.at(0).why.empty())) {
      bench::give_up("the expression is not in the kernel");
    }
    object_.emplace(must(Object::load(std::move(spec))));
    ledger_ = must(Ledger::open(*object_, "events"));
    unwanted_ = must(stream::UnwantedCounter::open(*object_, "events"));
    where_ = must(record::Where::compile(must(record::where::parse(wanted)), schema_));
  }

  Cost round() {
    const double bare = seconds_of_calls(calls);
    const auto link = must(object_->programs()[0].attach());
    std::atomic<bool> done = false, ready = false;
    std::uint64_t came = 0, rows = 0;
    double reading = 0;
    const auto lost = ledger_->lost(), unwanted = unwanted_->count();
    std::thread reader([&] {
      stay_on(1);
      reading = read(ready, done, came, rows);
    });
    ready.wait(false);
    const double traced = seconds_of_calls(calls);
    done = true;
    reader.join();
    const auto lost_now = ledger_->lost() - lost;
    if (came + lost_now + unwanted_->count() - unwanted != records) {
      bench::give_up("a record is missing");
    }
    if (lost_now == 0 && rows != records / 1000) bench::give_up("a row is missing");
    lost_ += lost_now;
    return {(traced - bare) * 1e9 / records, reading * 1e9 / records, reading * 100 / traced};
  }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  static Result<bool> set(ObjectSpec& spec, int thread, Way way) {
    SKEP_CHECK(spec.set("thread", thread));
    SKEP_CHECK(spec.set("copied", way == Way::copied));
    SKEP_CHECK(spec.set("early", way == Way::early));
    return true;
  }

  // As `skep run` reads. Returns what it took, without what it takes to begin.
  double read(std::atomic<bool>& ready, const std::atomic<bool>& done, std::uint64_t& came,
              std::uint64_t& rows) {
    auto ring = must(RingReader::open(*must(object_->map("events"))));
    std::optional<Handshake> handshake = must(Handshake::open(*object_));
    ring.leave_rest(true);
    const std::array<const RingReader*, 1> rings{&ring};
    const record::JsonFormatter formatter(schema_, record::Clock::now());
    std::string out;
    ready = true;
    ready.notify_all();
    return bench::seconds_of([&] {
      constexpr std::chrono::milliseconds look(20);
      while (!done || ring.backlog() > 0) {
        (void)must(handshake->wait(rings, look));
        ring.drain([&](std::span<const std::byte> record) {
          ++came;
          if (!(*where_)(record)) return;
          ++rows;
          formatter.append(out, record);
        });
        out.clear();
      }
    });
  }

  record::Schema schema_;
  std::optional<record::Where> where_;
  std::optional<Object> object_;
  std::optional<Ledger> ledger_;
  std::optional<stream::UnwantedCounter> unwanted_;
  std::uint64_t lost_ = 0;
};

double at(std::vector<double> list, std::size_t tenths) {
  std::ranges::sort(list);
  return list[(list.size() - 1) * tenths / 10];
}

void print(std::string_view name, std::string_view unit, const std::vector<Cost>& theirs,
           const std::vector<Cost>& ours, double Cost::* what) {
  std::vector<double> sent, kept, ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    sent.push_back(theirs[i].*what);
    kept.push_back(ours[i].*what);
    ratios.push_back(ours[i].*what / theirs[i].*what);
  }
  fmt::print("{:<38} sent {:>7.1f} {}  kept back {:>6.2f} {}  ratio {:.3f} ({:.3f} to {:.3f})\n",
             name, at(sent, 5), unit, at(kept, 5), unit, at(ratios, 5), at(ratios, 1),
             at(ratios, 9));
}

void compare(const char* file, Way way) {
  Filtered user_space(file, way, false), kernel(file, way, true);
  std::vector<Cost> theirs, ours;
  for (int i = -1; i < rounds; ++i) {  // the first one warms up
    const Cost sent = user_space.round(), kept = kernel.round();
    if (i < 0) continue;
    theirs.push_back(sent);
    ours.push_back(kept);
  }
  const std::string_view how = names[static_cast<std::size_t>(way)];
  print(fmt::format("{}to make a record", how), "ns", theirs, ours, &Cost::made);
  print(fmt::format("{}reader, for each", how), "ns", theirs, ours, &Cost::read);
  print(fmt::format("{}reader's CPU", how), "%", theirs, ours, &Cost::busy);
  fmt::print("{}{} and {} of {} records lost\n", how, user_space.lost(), kernel.lost(),
             (rounds + 1) * records);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) bench::give_up("pushdown_bench PUSHDOWN.bpf.o");
  stay_on(0);
  for (const Way way : {Way::reserved, Way::early, Way::copied}) compare(argv[1], way);
  return 0;
}
