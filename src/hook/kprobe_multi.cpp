// kprobe.multi, kretprobe.multi, kprobe.session.
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "kernel/host.hpp"
#include "kernel/link_attributes.hpp"

namespace skep::hook {
namespace {

constexpr std::size_t list_limit = 64U << 20;  // bytes; a kernel's list has some four million

bool is_pattern(const std::string& name) { return name.find_first_of("*?[") != std::string::npos; }

// The functions that the kernel can trace: "name" or "name [module]" in each line.
Result<std::vector<std::string>> traceable_functions(Host& host) {
  SKEP_TRY(const int tracefs, host.tracefs());
  const auto text =
      kernel::read_kernel_file(host.syscalls(), tracefs, "available_filter_functions", list_limit);
  if (!text) {
    Error error = text.error();
    return std::unexpected(std::move(error).hint(
        "A pattern is looked up in this list of what the kernel can trace (tracefs, "
        "CONFIG_DYNAMIC_FTRACE=y): where it cannot be read, name the functions one by one."));
  }
  std::vector<std::string> names;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    names.emplace_back(line.substr(0, line.find_first_of(" \t")));
  }
  return names;
}

// Each name once: the kernel refuses the same function twice.
Result<std::vector<std::string>> functions_of(const KprobeMulti& hook, Host& host) {
  if (std::ranges::none_of(hook.functions, is_pattern)) return hook.functions;
  SKEP_TRY(const auto known, traceable_functions(host));
  std::vector<std::string> out;
  for (const auto& wanted : hook.functions) {
    const auto before = out.size();
    if (!is_pattern(wanted)) out.push_back(wanted);
    for (const auto& name : known) {
      if (is_pattern(wanted) && ::fnmatch(wanted.c_str(), name.c_str(), 0) == 0)
        out.push_back(name);
    }
    if (out.size() == before) {
      return fail(ErrorKind::not_found, "no function of the kernel matches '{}'", wanted);
    }
  }
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

Error explained(Error error, const std::vector<std::string>& functions) {
  switch (error.code()) {
    case EOPNOTSUPP:
      return std::move(error).hint("This kernel has no kprobe.multi (5.18, CONFIG_FPROBE=y).");
    case EINVAL:
      return std::move(error).hint("kprobe.multi needs kernel 5.18, a session 6.10.");
    case ESRCH:
    case ENOENT:
      return std::move(error).hint(
          functions.size() == 1
              ? fmt::format("'{}' is not there, or more than once.", functions[0])
              : fmt::format("One of {} functions is not there, or more than once.",
                            functions.size()));
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const KprobeMulti& hook, Host& host) {
  if (hook.functions.empty()) {
    return fail(ErrorKind::invalid_argument, "kprobe.multi needs a function or a pattern");
  }
  SKEP_TRY(const auto functions, functions_of(hook, host));
  std::vector<const char*> names;
  names.reserve(functions.size());
  for (const auto& function : functions) names.push_back(function.c_str());
  kernel::KprobeMultiLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.attach_type = program.spec().attach_type;
  attributes.probe_flags = hook.at_return ? 1 : 0;
  attributes.count = static_cast<std::uint32_t>(names.size());
  attributes.symbols = kernel::address_of(static_cast<const void*>(names.data()));
  auto fd = kernel::create_link(host.syscalls(), attributes);
  if (fd) return Link(hook, std::string(program.name()), *std::move(fd));
  return std::unexpected(explained(std::move(fd).error(), functions));
}

}  // namespace skep::hook
