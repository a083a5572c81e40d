#include "skep/perf.hpp"

#include <linux/perf_event.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/host.hpp"
#include "kernel/memory.hpp"
#include "kernel/syscalls.hpp"

namespace skep {
namespace {

// A record is stamped before the others can see it; how much before is not promised anywhere. What
// is older than this has surely been seen.
constexpr std::uint64_t settle_ns = 1'000'000;

std::uint64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

perf_event_attr event_of(const PerfOptions& options) {
  perf_event_attr event{};
  event.size = sizeof(event);
  event.type = PERF_TYPE_SOFTWARE;
  event.config = PERF_COUNT_SW_BPF_OUTPUT;
  event.sample_type = PERF_SAMPLE_RAW;
  event.sample_period = 1;
  event.wakeup_events = std::max(options.wake_after, 1U);
  if (options.in_order) {
    event.sample_type |= PERF_SAMPLE_TIME;
    event.use_clockid = 1;
    event.clockid = CLOCK_MONOTONIC;
  }
  return event;
}

// One CPU's buffer (include/uapi/linux/perf_event.h: struct perf_event_mmap_page). The kernel
// stores data_head with release and reads data_tail before it writes over what lies behind it.
class Buffer {
 public:
  static Result<Buffer> open(kernel::Syscalls& sys, std::uint32_t cpu, const PerfOptions& options) {
    auto event = event_of(options);
    Buffer out;
    out.cpu_ = cpu;
    const long fd =
        sys.perf_event_open(&event, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return fail_errno(static_cast<int>(-fd), "open the perf buffer of CPU {}", cpu);
    out.event_ = kernel::adopt(fd);
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    out.size_ = options.pages * page;
    SKEP_TRY(out.memory_, kernel::map_memory(sys, page + out.size_, PROT_READ | PROT_WRITE,
                                             MAP_SHARED, out.fd(), 0, "perf buffer"));
    out.data_ = out.memory_.bytes().data() + page;
    return out;
  }

  [[nodiscard]] int fd() const { return event_.get(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] bool is_damaged() const { return damaged_; }
  [[nodiscard]] bool has_more() const { return !damaged_ && (front_ || position_ != load_head()); }

  // What is there now is what will be read.
  void begin() { head_ = load_head(); }

  // The next record, which stays until drop().
  const PerfRecord* front(bool has_time) {
    while (!front_ && position_ != head_ && !damaged_) read_one(has_time);
    return front_ ? &*front_ : nullptr;
  }
  // Gives its room back.
  void drop() {
    front_.reset();
    __atomic_store_n(&page().data_tail, position_, __ATOMIC_RELEASE);
  }

 private:
  [[nodiscard]] perf_event_mmap_page& page() const {
    return *reinterpret_cast<perf_event_mmap_page*>(memory_.bytes().data());
  }
  [[nodiscard]] std::uint64_t load_head() const {
    return __atomic_load_n(&page().data_head, __ATOMIC_ACQUIRE);
  }

  // `length` bytes at `position`, in one piece: copied where they go round the end.
  Bytes piece(std::uint64_t position, std::size_t length) {
    const auto offset = position & (size_ - 1);
    if (offset + length <= size_) return {data_ + offset, length};
    whole_.resize(length);
    const auto first = size_ - offset;
    std::memcpy(whole_.data(), data_ + offset, first);
    std::memcpy(whole_.data() + first, data_, length - first);
    return whole_;
  }

  void read_one(bool has_time) {
    const auto available = head_ - position_;
    const auto header = read_at<perf_event_header>(piece(position_, sizeof(perf_event_header)), 0);
    if (available > size_ || !header || header->size < sizeof(*header) ||
        header->size > available) {
      damaged_ = true;
      return;
    }
    const Bytes body = piece(position_, header->size).subspan(sizeof(*header));
    position_ += header->size;
    if (header->type == PERF_RECORD_SAMPLE) {
      take_sample(body, has_time);
    } else if (header->type == PERF_RECORD_LOST) {
      lost_ += read_at<std::uint64_t>(body, 8).value_or(0);  // after the event's id
    }
    if (!front_) drop();
  }

  void take_sample(Bytes body, bool has_time) {
    const std::uint64_t time = has_time ? read_at<std::uint64_t>(body, 0).value_or(0) : 0;
    const std::size_t start = has_time ? 8 : 0;
    const auto length = read_at<std::uint32_t>(body, start);
    const auto data = length ? slice(body, start + 4, *length) : std::nullopt;
    if (!data) {
      damaged_ = true;
      return;
    }
    front_ = PerfRecord{*data, cpu_, time};
  }

  std::uint32_t cpu_ = 0;
  Fd event_;
  Mapping memory_;
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0, position_ = 0, head_ = 0, lost_ = 0;
  std::optional<PerfRecord> front_;
  std::vector<std::byte> whole_;
  bool damaged_ = false;
};

Result<void> put_into(const Map& map, std::uint32_t cpu, int fd) {
  auto put = map.update(bytes_of(cpu), bytes_of(fd));
  if (!put) return add_context(std::move(put).error(), "the perf buffer of CPU {}", cpu);
  return {};
}

}  // namespace

struct PerfReader::State {
  kernel::Syscalls* sys = nullptr;
  PerfOptions options;
  std::vector<Buffer> buffers;
  Fd epoll;
  std::size_t current = 0;       // buffer that is read, unless in order
  Buffer* handed_out = nullptr;  // whose front the sink has
  std::uint64_t settled = 0;     // in order: what is younger waits
};

PerfReader::PerfReader(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
PerfReader::PerfReader(PerfReader&&) noexcept = default;
PerfReader& PerfReader::operator=(PerfReader&&) noexcept = default;
PerfReader::~PerfReader() = default;

Result<PerfReader> PerfReader::open(const Map& map, PerfOptions options) {
  if (map.type() != MapType::perf_event_array) {
    return fail(ErrorKind::invalid_argument, "map '{}' is a {}, not a perf event array", map.name(),
                name_of(map.type()));
  }
  if (!std::has_single_bit(options.pages)) {
    return fail(ErrorKind::invalid_argument, "a perf buffer of {} pages: take a power of two",
                options.pages);
  }
  auto& sys = map.syscalls();
  auto state = std::make_unique<State>();
  state->sys = &sys;
  state->options = options;
  const long epoll = sys.epoll_create(EPOLL_CLOEXEC);
  if (epoll < 0) return fail_errno(static_cast<int>(-epoll), "make an epoll set");
  state->epoll = kernel::adopt(epoll);
  SKEP_TRY(const auto cpus, kernel::online_cpus(sys));
  for (const auto cpu : cpus) {
    if (cpu >= map.spec().max_entries)
      break;  // the program can write only to those it has room for
    SKEP_TRY(auto buffer, Buffer::open(sys, cpu, options));
    epoll_event event{};
    event.events = EPOLLIN;
    const long added = sys.epoll_ctl(state->epoll.get(), EPOLL_CTL_ADD, buffer.fd(), &event);
    if (added < 0) return fail_errno(static_cast<int>(-added), "watch the perf buffers");
    SKEP_CHECK(put_into(map, cpu, buffer.fd()));
    state->buffers.push_back(std::move(buffer));
  }
  return PerfReader(std::move(state));
}

void PerfReader::begin() {
  state_->settled = now() - settle_ns;
  state_->current = 0;
  for (auto& buffer : state_->buffers) buffer.begin();
}

bool PerfReader::next(PerfRecord& record) {
  auto& state = *state_;
  if (state.handed_out != nullptr) state.handed_out->drop();
  state.handed_out = nullptr;
  if (!state.options.in_order) {
    for (; state.current < state.buffers.size(); ++state.current) {
      Buffer& buffer = state.buffers[state.current];
      if (const auto* front = buffer.front(false)) {
        record = *front;
        state.handed_out = &buffer;
        return true;
      }
    }
    return false;
  }
  for (auto& buffer : state.buffers) {
    const auto* front = buffer.front(true);
    if (front == nullptr || front->time > state.settled) continue;
    if (state.handed_out == nullptr || front->time < record.time) {
      record = *front;
      state.handed_out = &buffer;
    }
  }
  return state.handed_out != nullptr;
}

Result<bool> PerfReader::wait(std::chrono::milliseconds timeout) const {
  // The kernel says "readable" once for each wake-up; what was left behind it does not repeat.
  if (std::ranges::any_of(state_->buffers, &Buffer::is_damaged)) {
    return fail(ErrorKind::bad_input, "a perf buffer holds a record longer than itself");
  }
  const bool any_left = has_more();
  if (any_left && !state_->options.in_order) return true;
  auto limit = std::min<std::int64_t>(timeout.count(), INT_MAX);
  if (any_left) limit = limit < 0 ? 2 : std::min<std::int64_t>(limit, 2);  // until it has settled
  epoll_event event{};
  const long ready = state_->sys->epoll_wait(state_->epoll.get(), &event, 1,
                                             limit < 0 ? -1 : static_cast<int>(limit));
  if (ready == -EINTR) return false;
  if (ready < 0) return fail_errno(static_cast<int>(-ready), "wait for the perf buffers");
  return ready > 0 || any_left;
}

int PerfReader::epoll_fd() const noexcept { return state_->epoll.get(); }

bool PerfReader::has_more() const noexcept {
  return std::ranges::any_of(state_->buffers, &Buffer::has_more);
}

std::uint64_t PerfReader::lost() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& buffer : state_->buffers) sum += buffer.lost();
  return sum;
}

}  // namespace skep
