// run/stream_reader.hpp: a ring or perf buffer of a session, and who writes its rows.
#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "run/plan.hpp"
#include "run/rows.hpp"
#include "run/session.hpp"
#include "run/stacks.hpp"
#include "skep/ledger.hpp"
#include "skep/object.hpp"
#include "skep/perf.hpp"
#include "skep/result.hpp"
#include "skep/ring.hpp"
#include "stream/ledger.hpp"

namespace skep::run {

struct Stream {
  std::vector<RingReader> rings;   // one, or one for each CPU
  std::optional<PerfReader> perf;  // instead
  RowWriter rows;
  std::optional<Ledger> ledger;  // of a ring
  std::optional<stream::UnwantedCounter> unwanted;

  // Readable when one has something.
  void add_descriptors(std::vector<pollfd>& out) const {
    if (perf) out.push_back({perf->epoll_fd(), POLLIN, 0});
    for (const auto& ring : rings) out.push_back({ring.epoll_fd(), POLLIN, 0});
  }
  // What nobody is woken for: records too young to be in order.
  [[nodiscard]] bool has_more() const { return perf && perf->has_more(); }
  // Whether it can be read on. Errors: as RingReader::check.
  [[nodiscard]] Result<void> check() const {
    for (const auto& ring : rings) SKEP_CHECK(ring.check());
    return {};
  }
  // Records that found no room; nothing when nobody counts them.
  [[nodiscard]] std::optional<std::uint64_t> lost() const {
    if (perf) return perf->lost();
    return ledger ? std::optional(ledger->lost()) : std::nullopt;
  }
  // Records that the kernel kept back, as `--where` says.
  [[nodiscard]] std::uint64_t kept_back() const { return unwanted ? unwanted->count() : 0; }
};

// Asked when all were drained: what the others have is shown although one cannot be read on.
[[nodiscard]] inline Result<void> check_all(const std::vector<Stream>& streams) {
  for (const auto& stream : streams) SKEP_CHECK(stream.check());
  return {};
}

// What became of records that were not read, of all streams.
struct Unread {
  std::uint64_t lost = 0;
  bool losses_known = true;
  std::uint64_t kept_back = 0;

  void add_to(Summary& sum) const {
    sum.lost += lost;
    sum.losses_known &= losses_known;
    sum.kept_back += kept_back;
  }
};
[[nodiscard]] Unread count_unread(const std::vector<Stream>& streams);

// Errors: as the readers' open() and the ledger's.
[[nodiscard]] Result<Stream> open_stream(const Object& object, const PlannedStream& planned,
                                         const SessionOptions& options, Stacks* stacks);

}  // namespace skep::run
