#include "kernel/kallsyms.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/error.hpp"
#include "kernel/descriptor.hpp"

namespace skep::kernel {
namespace {

constexpr const char* path = "/proc/kallsyms";
constexpr std::size_t longest_line = 4096;  // KSYM_NAME_LEN is 512

// What clang's link-time optimisation appends to a static variable that it had to rename.
std::string_view without_llvm_suffix(std::string_view name, char type) {
  const auto suffix = type == 'd' ? name.find(".llvm.") : std::string_view::npos;
  return name.substr(0, suffix);
}

}  // namespace

void SymbolPicker::read_line(std::string_view line) {
  std::uint64_t address = 0;
  const char* end = line.end();
  const auto [after, error] = std::from_chars(line.begin(), end, address, 16);
  if (error != std::errc() || end - after < 4 || after[0] != ' ' || after[2] != ' ') return;
  const char type = after[1];
  std::string_view name(after + 3, end);
  name = without_llvm_suffix(name.substr(0, name.find_first_of(" \t")), type);
  if (std::ranges::find(names_, name) == names_.end()) return;
  const bool is_known = std::ranges::any_of(found_, [&](const object::KernelSymbol& known) {
    return known.name == name && known.address == address;
  });
  if (!is_known) found_.push_back({std::string(name), address});
}

Result<void> SymbolPicker::feed(std::string_view piece) {
  for (auto newline = piece.find('\n'); newline != std::string_view::npos;
       newline = piece.find('\n')) {
    if (rest_.empty()) {
      read_line(piece.substr(0, newline));
    } else {
      rest_ += piece.substr(0, newline);
      read_line(rest_);
      rest_.clear();
    }
    piece.remove_prefix(newline + 1);
  }
  rest_ += piece;
  if (rest_.size() > longest_line) {
    return fail(ErrorKind::limit, "read {}: a line of more than {} bytes", path, longest_line);
  }
  return {};
}

std::vector<object::KernelSymbol> SymbolPicker::finish() && {
  if (!rest_.empty()) read_line(rest_);
  return std::move(found_);
}

Result<std::vector<object::KernelSymbol>> find_symbols(Syscalls& sys,
                                                       std::span<const std::string> names) {
  const long opened = sys.openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (opened < 0) return fail_errno(static_cast<int>(-opened), "open {}", path);
  const Fd fd = adopt(opened);
  SymbolPicker picker(names);
  std::string buffer(64 << 10, '\0');
  for (;;) {
    const long n = sys.read(fd.get(), buffer.data(), buffer.size());
    if (n == -EINTR) continue;
    if (n < 0) return fail_errno(static_cast<int>(-n), "read {}", path);
    if (n == 0) return std::move(picker).finish();
    SKEP_CHECK(picker.feed(std::string_view(buffer).substr(0, static_cast<std::size_t>(n))));
  }
}

}  // namespace skep::kernel
