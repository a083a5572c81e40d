#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/file.hpp"
#include "skep/symbol.hpp"

namespace skep {
namespace {

constexpr const char* path = "/proc/kallsyms";
constexpr std::uint64_t largest_file = 256 << 20;
// A text ends there where nothing else says it: functions of modules and programs of BPF are short,
// and what was loaded after the file was read must not get the name of what lies below it.
constexpr std::uint64_t longest_function = 1 << 20, longest_loaded = 64 << 10;

using Clock = std::chrono::steady_clock;

struct Function {
  std::uint64_t address = 0;
  std::string_view name, module;  // in the text
  bool is_global = false;
};

// "ffffffff81000000 T _text" and, of a module, "\t[name]".
std::optional<Function> parse_line(std::string_view line) {
  Function out;
  const char* end = line.end();
  const auto [after, error] = std::from_chars(line.begin(), end, out.address, 16);
  if (error != std::errc() || end - after < 4 || after[0] != ' ' || after[2] != ' ') {
    return std::nullopt;
  }
  const char type = after[1];
  if (std::string_view("tTwW").find(type) == std::string_view::npos) return std::nullopt;
  out.is_global = type == 'T';
  const std::string_view rest(after + 3, end);
  const auto space = rest.find_first_of(" \t");
  out.name = rest.substr(0, space);
  if (out.name.empty()) return std::nullopt;
  if (space != std::string_view::npos) {
    const auto open = rest.find('[', space), close = rest.find(']', space);
    if (open < close && close != std::string_view::npos) {
      out.module = rest.substr(open + 1, close - open - 1);
    }
  }
  return out;
}

// Marks of the linker, at whose places functions begin.
bool is_mark(std::string_view name) {
  return name == "_text" || name == "_stext" || name == "_etext" || name.ends_with("_text_start") ||
         name.ends_with("_text_end");
}

// kernel.kptr_restrict hides addresses by making them all 0.
std::string hidden() {
  const auto restricted = read_text("/proc/sys/kernel/kptr_restrict", 64);
  return fmt::format(
      "functions of the kernel are shown as addresses: {} hides them from this process "
      "(kernel.kptr_restrict is {}; 1 shows them to CAP_SYSLOG)",
      path, restricted ? restricted->substr(0, restricted->find('\n')) : "not known");
}

}  // namespace

struct KernelSymbols::State {
  std::string text;
  std::vector<Function> functions;  // by address, each once
  std::uint64_t core_end = 0;       // of the kernel's own text
  std::optional<std::string> note;
  bool is_file = true;
  std::optional<Clock::time_point> read_at;

  void parse();
  void read();
  [[nodiscard]] const Function* find(std::uint64_t address) const;
  Frame frame(std::uint64_t address, std::uint64_t looked_for);
};

void KernelSymbols::State::parse() {
  functions.clear();
  core_end = 0;
  bool any_line = false;
  for (std::string_view rest = text; !rest.empty();) {
    const auto newline = rest.find('\n');
    const auto function = parse_line(rest.substr(0, newline));
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
    any_line |= function.has_value();
    if (!function || function->address == 0) continue;
    if (function->name == "_etext" && function->module.empty()) core_end = function->address;
    if (!is_mark(function->name)) functions.push_back(*function);
  }
  if (functions.empty()) {
    note = any_line
               ? hidden()
               : fmt::format("functions of the kernel are shown as addresses: {} is empty", path);
  }
  // Of several names of one place the global one, else the first.
  std::ranges::sort(functions, [](const Function& a, const Function& b) {
    if (a.address != b.address) return a.address < b.address;
    return a.is_global != b.is_global ? a.is_global : a.name.data() < b.name.data();
  });
  const auto doubles = std::ranges::unique(functions, {}, &Function::address);
  functions.erase(doubles.begin(), doubles.end());
}

void KernelSymbols::State::read() {
  read_at = Clock::now();
  auto bytes = read_text(path, largest_file);
  if (!bytes) {
    note = "functions of the kernel are shown as addresses: " + bytes.error().message();
    return;
  }
  note.reset();
  text = *std::move(bytes);
  parse();
}

const Function* KernelSymbols::State::find(std::uint64_t address) const {
  auto place = std::ranges::upper_bound(functions, address, {}, &Function::address);
  if (place == functions.begin()) return nullptr;
  --place;
  const bool is_core = place->module.empty() && address < core_end;
  const bool is_near = address - place->address < (is_core ? longest_function : longest_loaded);
  return is_near ? &*place : nullptr;
}

Frame KernelSymbols::State::frame(std::uint64_t address, std::uint64_t looked_for) {
  if (!read_at && is_file) read();
  const Function* function = find(looked_for);
  if (function == nullptr && is_file && Clock::now() - *read_at > std::chrono::seconds(1)) {
    read();
    function = find(looked_for);
  }
  Frame out{.address = address};
  if (function == nullptr) {
    out.why = note ? "hidden" : "no function of the kernel";
    return out;
  }
  out.function = demangle(function->name);
  out.offset = address - function->address;
  out.module = function->module;
  return out;
}

KernelSymbols::KernelSymbols() : state_(std::make_unique<State>()) {}

KernelSymbols::KernelSymbols(std::string kallsyms) : KernelSymbols() {
  state_->is_file = false;
  state_->text = std::move(kallsyms);
  state_->parse();
}

KernelSymbols::KernelSymbols(KernelSymbols&&) noexcept = default;
KernelSymbols& KernelSymbols::operator=(KernelSymbols&&) noexcept = default;
KernelSymbols::~KernelSymbols() = default;

Frame KernelSymbols::find(std::uint64_t address) { return state_->frame(address, address); }

std::vector<Frame> KernelSymbols::find_stack(std::span<const std::uint64_t> addresses) {
  std::vector<Frame> out;
  out.reserve(addresses.size());
  for (const auto address : addresses) {
    out.push_back(state_->frame(address, out.empty() ? address : address - 1));
  }
  return out;
}

std::string KernelSymbols::text(std::uint64_t address) {
  const Frame frame = find(address);
  return frame.function.empty() ? fmt::format("{:#x}", address) : frame.text();
}

const std::optional<std::string>& KernelSymbols::note() const noexcept { return state_->note; }

}  // namespace skep
