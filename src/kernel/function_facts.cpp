#include "kernel/function_facts.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.hpp"
#include "kernel/host.hpp"
#include "kernel/private_mount.hpp"

namespace skep::kernel {
namespace {

constexpr std::size_t list_limit = 64U << 20;  // bytes; kallsyms has some twelve million
constexpr std::size_t names_shown = 5;

// What follows the name of a function that the compiler made of another (GCC, clang).
bool is_suffix(std::string_view text) {
  constexpr std::string_view known[] = {".isra.", ".constprop.", ".part.", ".llvm."};
  return std::ranges::any_of(known, [&](std::string_view one) { return text.starts_with(one); });
}

// Each place where `pattern` stands in a line, with what follows it there. The texts have millions
// of bytes: lines are looked at only where the pattern is.
template <typename Use>
void for_each_place(std::string_view text, const std::string& pattern, Use use) {
  for (auto at = text.find(pattern); at != std::string_view::npos;
       at = text.find(pattern, at + 1)) {
    const auto start = at + pattern.size();
    use(at, text.substr(start, text.find('\n', start) - start));
  }
}

// Whether a line, from its beginning or a tab, is the name and nothing more than a module's name.
std::optional<bool> is_listed(const Result<std::string>& list, const std::string& name) {
  if (!list) return std::nullopt;
  bool found = false;
  for_each_place(*list, name, [&](std::size_t at, std::string_view rest) {
    const bool begins = at == 0 || (*list)[at - 1] == '\n' || (*list)[at - 1] == '\t';
    found |= begins && (rest.empty() || rest.starts_with(' '));
  });
  return found;
}

bool is_code(char type) noexcept {
  return std::string_view("tTwW").find(type) != std::string::npos;
}

// A function's name around the place: from the blank before it to the tab or the end of the line.
std::string_view name_around(std::string_view text, std::size_t at) {
  const auto start = text.rfind(' ', at) + 1;
  if (start < 2 || !is_code(text[start - 2])) return {};
  return text.substr(start, text.find_first_of("\t\n", start) - start);
}

// Names that contain it, or begin like it and are about as long.
std::vector<std::string> names_like(std::string_view text, const std::string& name) {
  constexpr std::size_t same_letters = 3, most_longer = 4;
  std::vector<std::string> out;
  const auto add = [&](std::string_view like) {
    const bool is_part = like.find(".cold") != std::string_view::npos;
    if (!like.empty() && !is_part) out.emplace_back(like);
  };
  for_each_place(text, name, [&](std::size_t at, std::string_view) { add(name_around(text, at)); });
  for_each_place(text, " " + name.substr(0, same_letters), [&](std::size_t at, std::string_view) {
    const auto like = name_around(text, at + 1);
    const auto difference = std::max(like.size(), name.size()) - std::min(like.size(), name.size());
    if (difference <= most_longer) add(like);
  });
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

// "0xffffffff81a00000-0xffffffff81a00010\tname" in each line. debugfs may be mounted nowhere.
Result<std::string> read_blacklist(Syscalls& sys) {
  auto list = read_kernel_file(sys, AT_FDCWD, "/sys/kernel/debug/kprobes/blacklist", list_limit);
  if (list) return list;
  SKEP_TRY(const Fd mount, mount_private(sys, "debugfs"));
  return read_kernel_file(sys, mount.get(), "kprobes/blacklist", list_limit);
}

Result<std::string> read_traceable(Syscalls& sys) {
  SKEP_TRY(const Fd tracefs, open_tracefs(sys));
  return read_kernel_file(sys, tracefs.get(), "available_filter_functions", list_limit);
}

}  // namespace

void search_symbols(std::string_view text, FunctionFacts& out) {
  out.symbols = 0;
  if (out.name.empty()) return;
  for_each_place(text, " " + out.name, [&](std::size_t at, std::string_view rest) {
    const auto end = rest.find('\t');
    const auto suffix = rest.substr(0, end);
    if (at == 0 || !is_code(text[at - 1])) return;
    if (is_suffix(suffix)) out.variants.emplace_back(out.name + std::string(suffix));
    if (!suffix.empty()) return;
    const auto module = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const bool is_module = module.starts_with('[') && module.ends_with(']');
    if (*out.symbols == 0 && is_module) out.module = module.substr(1, module.size() - 2);
    ++*out.symbols;
  });
  if (*out.symbols != 0 || !out.variants.empty()) return;
  out.near = nearest_names(out.name, names_like(text, out.name), names_shown);
}

FunctionFacts facts_of_function(Syscalls& sys, std::string_view name) {
  FunctionFacts out{.name = std::string(name)};
  if (const auto symbols = read_kernel_file(sys, AT_FDCWD, "/proc/kallsyms", list_limit)) {
    search_symbols(*symbols, out);
  }
  out.is_traceable = is_listed(read_traceable(sys), out.name);
  out.is_blacklisted = is_listed(read_blacklist(sys), out.name);
  if (const auto types = read_kernel_types(sys)) {
    out.has_type = types->find(name, btf::Kind::func).has_value();
  }
  return out;
}

}  // namespace skep::kernel
