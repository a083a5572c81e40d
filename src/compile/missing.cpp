#include "compile/missing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace skep::compile {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view included_from = "In file included from ";

// Without the colours of a terminal: ESC [ … letter.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\x1b') {
      out += text[i];
      continue;
    }
    while (i < text.size() && text[i] != 'm' && text[i] != 'K') ++i;
  }
  return out;
}

struct Position {
  std::string file, line;
};

// "FILE:LINE:…"; file names with colons are nobody's.
std::optional<Position> parse_position(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(colon + 1);
  const auto digits = rest.substr(0, std::min(rest.find(':'), rest.size()));
  return Position{std::string(text.substr(0, colon)), std::string(digits)};
}

// "… fatal error: 'NAME' file not found".
std::optional<std::string> missing_name(std::string_view line) {
  const auto end = line.find("' file not found");
  const auto begin = line.find(": fatal error: '");
  if (end == std::string_view::npos || begin == std::string_view::npos) return std::nullopt;
  const auto name = begin + std::string_view(": fatal error: '").size();
  if (name >= end) return std::nullopt;
  return std::string(line.substr(name, end - name));
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// The folder from which the name is found: where projects of this kind have their headers.
std::optional<fs::path> folder_near(const std::string& name, const fs::path& source) {
  constexpr std::array places = {"include",          "headers",         "bpf",       "..",
                                 "../include",       "../headers",      "../bpf",    "../common",
                                 "../../include",    "../../headers",   "../../bpf", "../..",
                                 "../../../include", "../../../headers"};
  const auto parent = source.parent_path().empty() ? fs::path(".") : source.parent_path();
  for (const char* place : places) {
    const auto folder = parent / place;
    if (is_there(folder / name)) return folder.lexically_normal();
  }
  return std::nullopt;
}

struct Package {
  std::string_view prefix;
  std::string_view package;
  std::string_view what;
};

// By how names begin; the first that fits.
constexpr Package packages[] = {
    {"bpf/", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"bpf_helpers.h", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"bpf_tracing.h", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"bpf_core_read.h", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"bpf_endian.h", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"usdt.bpf.h", "libbpf-dev", "libbpf's headers for kernel-side code"},
    {"xdp/", "libxdp-dev", "libxdp's headers"},
    {"asm/", "linux-libc-dev", "the kernel's headers for user space"},
    {"asm-generic/", "linux-libc-dev", "the kernel's headers for user space"},
    {"linux/", "linux-libc-dev", "the kernel's headers for user space"},
    {"rdma/", "linux-libc-dev", "the kernel's headers for user space"},
    {"gnu/", "libc6-dev-i386", "glibc's headers for 32 bits"},
    {"sys/", "libc6-dev", "glibc's headers"},
    {"bits/", "libc6-dev", "glibc's headers"},
    {"netinet/", "libc6-dev", "glibc's headers"},
    {"arpa/", "libc6-dev", "glibc's headers"},
    {"features.h", "libc6-dev", "glibc's headers"},
    {"errno.h", "libc6-dev", "glibc's headers"},
    {"string.h", "libc6-dev", "glibc's headers"},
    {"stdlib.h", "libc6-dev", "glibc's headers"},
    {"stdio.h", "libc6-dev", "glibc's headers"},
    {"unistd.h", "libc6-dev", "glibc's headers"},
    {"fcntl.h", "libc6-dev", "glibc's headers"},
};

constexpr std::string_view kernel_own =
    "It is a header of the kernel's own source. Include \"vmlinux.h\" in its stead, which skep "
    "makes "
    "from the running kernel and which has all of its types.";

// Where the headers for user space are installed and have no such one, the kernel keeps it to
// itself.
bool is_kernels_own(const std::string& name, const fs::path& system) {
  if (name.starts_with("uapi/") || name.starts_with("net/")) return true;
  if (!name.starts_with("linux/") && !name.starts_with("asm/")) return false;
  return is_there(system / "linux/types.h") && !is_there(system / name);
}

}  // namespace

std::optional<MissingHeader> find_missing(std::string_view errors, std::string_view own_headers) {
  const auto text = plain(errors);
  std::optional<Position> includer;  // the innermost that is not ours
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with(included_from)) {
      auto from = parse_position(line.substr(included_from.size()));
      if (from && !from->file.starts_with(own_headers)) includer = std::move(from);
      continue;
    }
    auto name = missing_name(line);
    const auto here = parse_position(line);
    if (name && here) {
      const bool is_ours = here->file.starts_with(own_headers) && includer;
      const auto& at = is_ours ? *includer : *here;
      return MissingHeader{*std::move(name), at.file, at.line};
    }
    includer.reset();
  }
  return std::nullopt;
}

std::vector<std::string> hints_for(const MissingHeader& header, const fs::path& source,
                                   const fs::path& system) {
  const auto& name = header.name;
  if (const auto folder = folder_near(name, source)) {
    return {fmt::format("There is one in {0}: --include {0}", folder->native())};
  }
  const auto file = fs::path(name).filename().native();
  if (file.starts_with("vmlinux") && name != "vmlinux.h") {
    return {"skep makes a vmlinux.h from the running kernel: #include \"vmlinux.h\"."};
  }
  if (is_kernels_own(name, system)) return {std::string(kernel_own)};
  if (name.find('/') == std::string::npos && is_there(system / "bpf" / name)) {
    return {fmt::format("Include it as <bpf/{}>, or give --include {}.", name,
                        (system / "bpf").native())};
  }
  for (const auto& package : packages) {
    if (!name.starts_with(package.prefix)) continue;
    return {fmt::format("Install {} (Debian: apt-get install {}).", package.what, package.package)};
  }
  return {
      fmt::format("Say in which folder it lies: --include DIR. skep looks beside {}, and among "
                  "the system's headers.",
                  source.filename().native())};
}

}  // namespace skep::compile
