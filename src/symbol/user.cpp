#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <memory>
#include <span>
#include <unordered_map>

#include "skep/symbol.hpp"
#include "symbol/process.hpp"

namespace skep {
namespace {

// For so long a process is taken to have the same mapped as before; an address that lies in none of
// it is looked for anew.
constexpr std::chrono::milliseconds moment{1000};
// The same of one that is only to be remembered: most of what it maps, it maps when it starts.
constexpr std::chrono::milliseconds long_moment{5000};
constexpr std::size_t most_processes = 1 << 16;

}  // namespace

struct UserSymbols::State {
  symbol::Modules modules;
  std::unordered_map<pid_t, symbol::Process> processes;

  explicit State(Options options) : modules(std::move(options)) {}

  symbol::Process& process(pid_t pid) {
    if (processes.size() >= most_processes) processes.clear();
    return processes.try_emplace(pid, pid).first->second;
  }

  std::vector<Frame> find(pid_t pid, std::uint64_t address, std::uint64_t looked_for) {
    auto& one = process(pid);
    one.refresh(modules, moment);
    return one.find(modules, address, looked_for);
  }
};

UserSymbols::UserSymbols() : UserSymbols(Options()) {}
UserSymbols::UserSymbols(Options options) : state_(std::make_unique<State>(std::move(options))) {}
UserSymbols::UserSymbols(UserSymbols&&) noexcept = default;
UserSymbols& UserSymbols::operator=(UserSymbols&&) noexcept = default;
UserSymbols::~UserSymbols() = default;

bool UserSymbols::remember(pid_t pid) {
  auto& process = state_->process(pid);
  return process.refresh(state_->modules, process.is_known() ? long_moment : moment);
}

std::vector<Frame> UserSymbols::find(pid_t pid, std::uint64_t address) {
  return state_->find(pid, address, address);
}

std::vector<Frame> UserSymbols::find_stack(pid_t pid, std::span<const std::uint64_t> addresses) {
  std::vector<Frame> out;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto frames = state_->find(pid, addresses[i], i == 0 ? addresses[i] : addresses[i] - 1);
    out.insert(out.end(), std::make_move_iterator(frames.begin()),
               std::make_move_iterator(frames.end()));
  }
  return out;
}

std::vector<Frame> UserSymbols::find_in_build(pid_t pid, std::span<const std::uint8_t> build_id,
                                              std::uint64_t offset, bool is_return) {
  std::span<const std::shared_ptr<symbol::MappedFile>> own;
  if (pid > 0) {
    auto& process = state_->process(pid);
    process.refresh(state_->modules, moment);
    own = process.files();
  }
  const auto found = state_->modules.find_build(own, std::as_bytes(build_id));
  const std::uint64_t back = is_return && offset > 0 ? 1 : 0;
  std::vector<Frame> out;
  if (found.module != nullptr) out = found.module->find(offset - back);
  if (out.empty()) out.emplace_back().why = "no file with that build id was seen";
  for (Frame& frame : out) {
    frame.module = found.path;
    frame.module_offset = offset;
    for (const auto byte : build_id) frame.build_id += fmt::format("{:02x}", byte);
  }
  if (!out.back().function.empty()) out.back().offset += back;
  return out;
}

}  // namespace skep
