// skep/symbol.hpp: addresses of the kernel and of processes to functions, files and lines.
//
// In the target skep::symbol: the library itself needs neither libdw nor libiberty.
//
//   skep::UserSymbols users;
//   for (const auto& frame : users.find_stack(pid, addresses)) fmt::print("{}\n", frame.text());
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace skep {

// What an address was found to be. What is not known is empty; nothing is guessed.
struct Frame {
  std::uint64_t address = 0;  // as it was asked for; 0: by build id
  std::string function;       // as its author wrote it: C++ and Rust names are demangled
  std::uint64_t offset = 0;   // bytes from the function's start to the address
  std::string module;         // kernel module ("" for the kernel itself, "bpf"); of a process
                              // the path of the file, as /proc/PID/maps has it; "[vdso]", "[jit]"
  std::uint64_t module_offset = 0;  // of a process: bytes from the start of that file
  std::string file;                 // of the source, where debug information tells
  std::uint32_t line = 0;           // 0: not known
  bool is_inlined = false;          // compiled into the next frame, which has the same address
  std::string why;                  // where there is no function: the reason, a few words
  std::string build_id;             // in hex, where it was asked for by that and module_offset

  // "work(int)+0x1c (/usr/bin/prog) prog.cc:12"; of a kernel function "tcp_v4_rcv+0x2e [module]".
  // Without a function "0x7f0012345678 (/usr/bin/prog+0x1678)", or with the reason; by build id
  // "0123…cdef+0x1678".
  [[nodiscard]] std::string text() const;
};

// "net::send(int)" for _ZN3net4sendEi, "core::fmt::write" for Rust's names of both kinds (without
// their hash); any other name as it is.
[[nodiscard]] std::string demangle(std::string_view name);

// The kernel's functions, those of its modules, and programs and trampolines of BPF, by
// /proc/kallsyms. It is read when the first address is asked for (some 200000 lines), and again,
// once a second at most, when an address lies in none of them. Move-only; used by one thread at a
// time. Kernel 2.6; needs CAP_SYSLOG where kernel.kptr_restrict is 1.
class KernelSymbols {
 public:
  KernelSymbols();
  // The same from a text of that form, for tests and for what was saved elsewhere.
  explicit KernelSymbols(std::string kallsyms);
  KernelSymbols(KernelSymbols&&) noexcept;
  KernelSymbols& operator=(KernelSymbols&&) noexcept;
  KernelSymbols(const KernelSymbols&) = delete;
  KernelSymbols& operator=(const KernelSymbols&) = delete;
  ~KernelSymbols();

  // The function that `address` lies in.
  [[nodiscard]] Frame find(std::uint64_t address);
  // Addresses of a stack, the innermost first. All but the first are where calls return to: it is
  // the call that is looked for.
  [[nodiscard]] std::vector<Frame> find_stack(std::span<const std::uint64_t> addresses);
  // The function as text: "tcp_v4_rcv+0x2e"; "0xffffffff81000000" where it is not known.
  [[nodiscard]] std::string text(std::uint64_t address);

  // Why no function is named (kernel.kptr_restrict hides all addresses, no /proc), one sentence;
  // nothing when they are, or nobody has asked yet.
  [[nodiscard]] const std::optional<std::string>& note() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Functions of processes: by the symbol tables of the files that they have mapped (in their own
// mount namespaces; deleted ones, too), by .gnu_debugdata, by separate files of symbols below
// /usr/lib/debug, by the maps that just-in-time compilers leave in /tmp/perf-PID.map, and with
// lines and inlined functions where there is DWARF. Nothing is asked for on the net.
//
// Each file is read once, whichever processes have it mapped. Needs what reading /proc/PID/maps
// of that process needs (ptrace access). Move-only; used by one thread at a time.
class UserSymbols {
 public:
  // Where symbols are looked for besides the mapped files, and how much of them is wanted.
  struct Options {
    std::string debug_folder = "/usr/lib/debug";  // where separate files of symbols are
    bool lines = true;                            // look for lines and inlined functions
    // Told what takes time, before it: "read the symbols of /usr/bin/prog".
    std::function<void(std::string_view)> progress = {};
  };

  UserSymbols();
  explicit UserSymbols(Options options);
  UserSymbols(UserSymbols&&) noexcept;
  UserSymbols& operator=(UserSymbols&&) noexcept;
  UserSymbols(const UserSymbols&) = delete;
  UserSymbols& operator=(const UserSymbols&) = delete;
  ~UserSymbols();

  // Keeps what process `pid` has mapped now, and holds its files open, so that its addresses can be
  // named when it has ended. Cheap when it is known already. False when there is no such process.
  bool remember(pid_t pid);

  // What address `address` of process `pid` is: a frame, and before it one for each function that
  // was inlined there. A process that has ended, and was not seen before, gives one frame with a
  // reason.
  [[nodiscard]] std::vector<Frame> find(pid_t pid, std::uint64_t address);
  // Addresses of a stack, the innermost first; all but the first are where calls return to.
  [[nodiscard]] std::vector<Frame> find_stack(pid_t pid, std::span<const std::uint64_t> addresses);

  // The same of what the kernel tells by build id (BPF_F_STACK_BUILD_ID, BPF_F_USER_BUILD_ID): byte
  // `offset` of the file with that build id, as process `pid` or one that was seen has it mapped,
  // or as /usr/lib/.build-id leads to. `is_return`: a call returns there.
  [[nodiscard]] std::vector<Frame> find_in_build(pid_t pid, std::span<const std::uint8_t> build_id,
                                                 std::uint64_t offset, bool is_return = false);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skep
#pragma GCC visibility pop
