// skep/typed.hpp: what headers that `skep gen` writes are made of: programs that know which hooks
// are theirs, rings that know their records, globals that know their type.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "skep/hook.hpp"
#include "skep/maps.hpp"
#include "skep/object.hpp"
#include "skep/ring.hpp"
#include "skep/stream.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace detail {
template <typename T, typename... Ts>
concept OneOf = (std::same_as<T, Ts> || ...);

template <ProgramType type, typename H>
constexpr bool takes() {
  using enum ProgramType;
  switch (type) {
    case tracepoint:
      return OneOf<H, Tracepoint>;
    case raw_tracepoint:
    case raw_tracepoint_writable:
      return OneOf<H, RawTracepoint>;
    case tracing:
      return OneOf<H, BtfTracepoint, Trampoline, Iterator>;
    case lsm:
      return OneOf<H, Trampoline, Cgroup>;
    case kprobe:
      return OneOf<H, Kprobe, KprobeMulti, Ksyscall, Uprobe, UprobeMulti, Usdt>;
    case perf_event:
      return OneOf<H, PerfEvent>;
    case xdp:
      return OneOf<H, Xdp>;
    case sched_cls:
      return OneOf<H, Tcx, Tc, Netkit>;
    case sched_act:
      return OneOf<H, Tc>;
    case sk_msg:
    case sk_skb:
      return OneOf<H, SockMap>;
    case socket_filter:
    case sk_reuseport:
      return OneOf<H, Socket>;
    case sk_lookup:
    case flow_dissector:
      return OneOf<H, NetworkNamespace>;
    case lwt_in:
    case lwt_out:
    case lwt_xmit:
    case lwt_seg6local:
      return OneOf<H, Route>;
    case lirc_mode2:
      return OneOf<H, Lirc>;
    case netfilter:
      return OneOf<H, Netfilter>;
    case ext:
      return OneOf<H, Freplace>;
    case struct_ops:
    case syscall:
      return false;
    case unspecified:
      return true;
    default:
      return OneOf<H, Cgroup>;  // cgroup_*, sock_ops
  }
}
}  // namespace detail

// A hook that a program of this type can hang on.
template <typename H, ProgramType type>
concept HookOf = detail::takes<type, H>();

// A program of an object, by its type. Borrows from the object.
template <ProgramType type>
class TypedProgram {
 public:
  // nullptr: it was not loaded.
  TypedProgram(const Program* program, const char* name) noexcept
      : program_(program), name_(name) {}

  // False when its autoload was off, or it was refused.
  [[nodiscard]] bool is_loaded() const noexcept { return program_ != nullptr; }
  // Precondition: is_loaded().
  [[nodiscard]] const Program& operator*() const noexcept { return *program_; }
  [[nodiscard]] const Program* operator->() const noexcept { return program_; }

  // Where its SEC says. Errors: not_found when it was not loaded; as Program::attach.
  [[nodiscard]] Result<Link> attach(const AttachDefaults& defaults = {}) const {
    SKEP_TRY(const Program* const loaded, program());
    return loaded->attach(defaults);
  }
  // There. A hook of another type of program does not compile.
  template <typename H>
    requires HookOf<H, type>
  [[nodiscard]] Result<Link> attach(const H& hook) const {
    SKEP_TRY(const Program* const loaded, program());
    return loaded->attach(Hook(hook));
  }

 private:
  [[nodiscard]] Result<const Program*> program() const {
    if (program_ != nullptr) return program_;
    return std::unexpected(Error(ErrorKind::not_found,
                                 std::string("program '") + name_ +
                                     "' was not loaded: its autoload is off, or it was refused"));
  }
  const Program* program_;
  const char* name_;
};

// Records of a ring buffer as values of T.
template <typename T>
class EventReader {
 public:
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 8);
  explicit EventReader(StreamReader stream) noexcept : stream_(std::move(stream)) {}

  // Waits until there is something, at most `timeout` (negative: for ever), and calls `sink` for
  // each record that is there: sink(const T&), or sink(const T&, std::span<const std::byte>) with
  // the whole record, which may be longer. Both are valid during the call only. Records shorter
  // than T are counted, not handed out. Returns how many were handed out. Errors: as
  // StreamReader::poll, which also says when a record comes.
  template <typename Sink>
  Result<std::size_t> poll(std::chrono::milliseconds timeout, Sink&& sink) {
    const std::uint64_t before = too_short_;
    SKEP_TRY(const std::size_t count, stream_.poll(timeout, typed(sink)));
    return count - static_cast<std::size_t>(too_short_ - before);
  }
  // The same without waiting: see StreamReader::drain.
  template <typename Sink>
  std::size_t drain(Sink&& sink) {
    std::size_t count = 0;
    for (RingReader& ring : stream_.rings()) count += drain(ring, sink);
    return count;
  }
  // Records that were shorter than T.
  [[nodiscard]] std::uint64_t too_short() const noexcept { return too_short_; }
  // Records that found the ring full since the object was loaded; nothing when nobody counts them.
  [[nodiscard]] std::optional<std::uint64_t> lost() const noexcept { return stream_.lost(); }
  // What it reads from, for its epoll_fd() and figures: the first one, where there is one for each
  // CPU.
  [[nodiscard]] RingReader& ring() noexcept { return stream_.ring(); }
  // All of them: one, or one for each CPU.
  [[nodiscard]] std::span<RingReader> rings() noexcept { return stream_.rings(); }

 private:
  friend class Poller;
  template <typename Sink>
  std::size_t drain(RingReader& ring, Sink& sink) {
    const std::uint64_t before = too_short_;
    const std::size_t count = ring.drain(typed(sink));
    return count - static_cast<std::size_t>(too_short_ - before);
  }
  // `sink`, from bytes.
  template <typename Sink>
  auto typed(Sink& sink) {
    return [this, &sink](std::span<const std::byte> record) {
      if (record.size() < sizeof(T)) {
        ++too_short_;
        return;
      }
      const T& event = *reinterpret_cast<const T*>(record.data());
      if constexpr (std::invocable<Sink&, const T&, std::span<const std::byte>>) {
        sink(event, record);
      } else {
        sink(event);
      }
    };
  }

  StreamReader stream_;
  std::uint64_t too_short_ = 0;
};

// A ring buffer, or a stream with one for each CPU, whose records are T; std::byte where nothing
// says what they are.
template <typename T>
class Ring : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<Ring> of(const Map& map) { return of(map, {}); }
  // With what its object has for a reader. `index`: in object.maps(). Errors: as Map::as and
  // StreamPlaces::find.
  static Result<Ring> of(const Object& object, std::size_t index) {
    const Map& map = object.maps()[index];
    SKEP_TRY(const auto places, StreamPlaces::find(object, map.name()));
    return of(map, places);
  }
  // The one reader. Errors: as StreamReader::open.
  [[nodiscard]] Result<EventReader<T>> reader() const { return reader<T>(); }
  // Records of another type.
  template <typename U>
  [[nodiscard]] Result<EventReader<U>> reader() const {
    SKEP_TRY(auto stream, StreamReader::open(map(), places_));
    return EventReader<U>(std::move(stream));
  }

 private:
  static Result<Ring> of(const Map& map, const StreamPlaces& places) {
    if (map.rings().empty()) SKEP_CHECK(map.check({MapType::ringbuf}, nullptr, nullptr));
    Ring out(map);
    out.places_ = places;
    return out;
  }
  using maps::View::View;
  StreamPlaces places_;
};

// A map that no typed view is for.
class UntypedMap : public maps::View {
 public:
  // Any map will do.
  static Result<UntypedMap> of(const Map& map) { return UntypedMap(map); }

 private:
  using View::View;
};

// The variables of a data section, shared with the programs. Plain loads and stores. Outlives the
// object.
template <typename T>
class Globals {
 public:
  explicit Globals(Mapping memory) noexcept : memory_(std::move(memory)) {}
  [[nodiscard]] T& operator*() const noexcept {
    return *reinterpret_cast<T*>(memory_.bytes().data());
  }
  [[nodiscard]] T* operator->() const noexcept { return &**this; }

 private:
  Mapping memory_;
};

// A bit field: `bits` of them from bit `offset` on, the least significant bit first.
template <typename T, std::size_t n>
[[nodiscard]] constexpr T get_bits(const std::uint8_t (&bytes)[n], unsigned offset,
                                   unsigned bits) noexcept {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned bit = offset + i;
    value |= std::uint64_t{(bytes[bit / 8] >> bit % 8) & 1U} << i;
  }
  if constexpr (std::is_signed_v<T>) {
    if (bits < 64 && (value >> (bits - 1) & 1U) != 0) value |= ~std::uint64_t{0} << bits;
  }
  return static_cast<T>(value);
}
// Bits of `value` that have no room are dropped.
template <typename T, std::size_t n>
constexpr void set_bits(std::uint8_t (&bytes)[n], unsigned offset, unsigned bits,
                        T value) noexcept {
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned bit = offset + i;
    const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
    const bool is_set = (static_cast<std::uint64_t>(value) >> i & 1U) != 0;
    bytes[bit / 8] =
        static_cast<std::uint8_t>(is_set ? bytes[bit / 8] | mask : bytes[bit / 8] & ~mask);
  }
}

}  // namespace skep
#pragma GCC visibility pop
