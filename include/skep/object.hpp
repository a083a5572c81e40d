// skep/object.hpp: programs and maps that the kernel holds, made from a spec.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "skep/link.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"
#include "skep/test_run.hpp"

#pragma GCC visibility push(default)
namespace skep {

namespace kernel {
class Syscalls;
class UsdtSpecs;
}  // namespace kernel

// A loaded program that another one hangs on: freplace replaces one of its functions; fentry, fexit
// and fmod_ret look at one.
struct ProgramTarget {
  int program = -1;      // a descriptor; it stays the caller's
  std::string function;  // of that program; empty: what SEC("freplace/NAME") names
};

using ProgramTargets = std::map<std::string, ProgramTarget, std::less<>>;

// How an object is loaded; all of it may be left as it is.
struct LoadOptions {
  // The kernel's types, when the caller has them already; else they are read if needed.
  std::optional<Btf> kernel_types;
  // The directory of a bpffs that maps with LIBBPF_PIN_BY_NAME are pinned in. A map that is pinned
  // there already is used, if it has the same type, sizes and flags. Pins outlive the Object; those
  // that a failed load made are taken away again.
  std::filesystem::path pin_root = "/sys/fs/bpf";
  // By the name of the program of this object. A freplace program needs one (kernel 5.6).
  ProgramTargets targets;
  // Programs that the object can do without: one that this kernel refuses is left out, and
  // Object::refused() says why.
  std::set<std::string, std::less<>> optional;
  // Lines of kernel configuration ("CONFIG_HZ=250\n") that hold instead of what the kernel's own
  // says, for `extern … __kconfig`.
  std::string kconfig;
  // The seam; nullptr is the running kernel. For tests.
  kernel::Syscalls* syscalls = nullptr;
};

// What the kernel says of a loaded program.
struct ProgramInfo {
  std::uint32_t id = 0;
  std::string name;  // at most 15 bytes
  ProgramType type = ProgramType::unspecified;
  // Of its instructions, with the descriptors of maps left out: the same for the same code.
  std::array<std::uint8_t, 8> tag{};
  std::chrono::nanoseconds loaded{0};  // when, since the machine started (CLOCK_BOOTTIME)
  std::uint32_t user = 0;              // who loaded it
  bool gpl_compatible = false;         // kernel 4.18
  std::uint32_t interface = 0;         // index of the card that it was loaded into; 0: none
  std::uint32_t translated_bytes = 0;  // after the verifier
  std::uint32_t jited_bytes = 0;       // as machine code; 0: interpreted
  std::uint64_t memlock = 0;           // bytes of memory for it; 0 where /proc does not say
  std::uint32_t types_id = 0;          // of its BTF; 0: none. Kernel 5.0
  std::vector<std::uint32_t> map_ids;  // maps that it uses
  // Runs, and the time in them: counted only while statistics are on (sysctl
  // kernel.bpf_stats_enabled, or RunStatistics of skep/introspect.hpp). Kernel 5.1.
  std::uint64_t run_count = 0;
  std::uint64_t run_time_ns = 0;
  // Times that it did not run because it was running on that CPU already. Kernel 5.12.
  std::uint64_t recursion_misses = 0;
  // Instructions that the verifier walked through. Kernel 5.16; else 0.
  std::uint32_t verified_instructions = 0;
};

// One loaded program. Owned by its Object.
class Program {
 public:
  Program(kernel::Syscalls& sys, Fd fd, ProgramSpec spec) noexcept;

  // What it was made from.
  [[nodiscard]] const ProgramSpec& spec() const noexcept { return spec_; }
  // As the object calls it.
  [[nodiscard]] std::string_view name() const noexcept { return spec_.name; }
  // Its descriptor, which stays its own.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The kernel's id: global, unlike the descriptor.
  [[nodiscard]] Result<std::uint32_t> id() const;
  // What the kernel says of it now.
  [[nodiscard]] Result<ProgramInfo> info() const;

  // Attaches where SEC says, and the defaults where it says nothing. Errors: invalid_argument when
  // no target is named (the message says what is missing), not_found when the hook does not exist
  // here, and what the kernel says.
  [[nodiscard]] Result<Link> attach(const AttachDefaults& defaults = {}) const;
  // Attaches there.
  [[nodiscard]] Result<Link> attach(const Hook& hook) const;

  // Runs it now, in the kernel, without a hook, and waits for the end (net/bpf/test_run.c). What
  // can be run, the context each takes, and what comes back:
  //   xdp (kernel 4.12)                         XdpMd (5.15)     data, context
  //   sched_cls, sched_act, socket_filter,
  //   cgroup_skb, lwt_in, _out, _xmit (4.12)    SkBuff (5.2)     data, context
  //   flow_dissector (5.1)                      FlowKeys (5.4)   data: FlowKeys; context
  //   sk_lookup (5.13)                          SkLookup, needed context
  //   netfilter (6.4)                           NfHookState      nothing
  //   raw_tracepoint (5.10)                     Arguments        nothing
  //   syscall (5.14)                            bytes            context
  //   struct_ops, of bpf_dummy_ops alone (5.17) Arguments        nothing
  //   fentry, fexit, fmod_ret (5.6)             none: the kernel calls its own bpf_fentry_test*
  //                                             or bpf_modify_return_test, which the program must
  //                                             have been attached to
  // Errors: invalid_argument, saying which rule of the kernel the input breaks; unsupported for
  // other types; not_found (no such interface); permission; EINTR as system when a signal came
  // between two of many runs.
  [[nodiscard]] Result<TestRunResult> run(const TestRun& run = {}) const;

  // The seam that it was made with.
  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept { return *sys_; }

  // Where the arguments of USDT probes are told to the programs of the object; nullptr when it has
  // no map for that. For hook/, and kernel/, which sets it.
  [[nodiscard]] const std::shared_ptr<kernel::UsdtSpecs>& usdt_specs() const noexcept {
    return usdt_specs_;
  }
  // For kernel/: usdt_specs() from now on.
  void set_usdt_specs(std::shared_ptr<kernel::UsdtSpecs> specs) noexcept {
    usdt_specs_ = std::move(specs);
  }

 private:
  kernel::Syscalls* sys_;
  Fd fd_;
  ProgramSpec spec_;
  std::shared_ptr<kernel::UsdtSpecs> usdt_specs_;
};

// A program that was optional, and why the kernel does not have it.
struct RefusedProgram {
  std::string name;
  Error error;
};

// Owns what it loaded. Move-only; dropping it unloads all that is neither attached nor pinned.
class Object {
 public:
  // Relocates against the running kernel, creates the maps in the spec's order, loads every program
  // with autoload. All or nothing; several threads may do it at once. Errors: rejected (report() is
  // the verifier's whole log), unsupported, permission, limit, bad_input.
  static Result<Object> load(ObjectSpec spec, LoadOptions options = {});

  // What it was made from.
  [[nodiscard]] const ObjectSpec& spec() const noexcept;
  // Those that were loaded, in the order of ObjectSpec::programs.
  [[nodiscard]] std::vector<Program>& programs() noexcept;
  [[nodiscard]] const std::vector<Program>& programs() const noexcept;
  // In the order of ObjectSpec::maps; one with autocreate off has no descriptor.
  [[nodiscard]] std::vector<Map>& maps() noexcept;
  [[nodiscard]] const std::vector<Map>& maps() const noexcept;

  // What the kernel would not have and that was left out, one sentence each: the object's BTF, the
  // types or the name of a map. Empty as a rule.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept;

  // Those of LoadOptions::optional that were left out. Empty as a rule.
  [[nodiscard]] const std::vector<RefusedProgram>& refused() const noexcept;

  // Errors: not_found, with the names there are; for a map also when its autocreate was off.
  [[nodiscard]] Result<const Program*> program(std::string_view name) const;
  // The same for maps.
  [[nodiscard]] Result<const Map*> map(std::string_view name) const;
  // The same as a typed view: object.map<Hash<std::uint32_t, std::uint64_t>>("counts"). It borrows
  // from the object. Errors: also those of Map::as.
  template <typename View>
  [[nodiscard]] Result<View> map(std::string_view name) const {
    SKEP_TRY(const Map* const found, map(name));
    return found->as<View>();
  }

  // Attaches every loaded program by its SEC, and the defaults where that says nothing, and
  // registers every struct_ops map, which stands for its programs; all or nothing.
  [[nodiscard]] Result<std::vector<Link>> attach(const AttachDefaults& defaults = {}) const;

  // The seam that it was made with.
  [[nodiscard]] kernel::Syscalls& syscalls() const noexcept;

  Object(Object&&) noexcept;
  Object& operator=(Object&&) noexcept;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object();

 private:
  struct State;
  explicit Object(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace skep
#pragma GCC visibility pop
