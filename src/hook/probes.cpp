#include "hook/probes.hpp"

#include <linux/perf_event.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <set>
#include <span>

#include "base/error.hpp"
#include "elf/symbols.hpp"
#include "hook/perf.hpp"
#include "kernel/link_attributes.hpp"
#include "object/attach_type.hpp"

namespace skep::hook {
namespace {

using object::AttachType;

constexpr std::size_t most_probes = 1 << 20;  // MAX_UPROBE_MULTI_CNT in kernel/trace/bpf_trace.c
constexpr int semaphore_shift = 32;           // format/ref_ctr_offset: config:32-63
constexpr int error_not_supported = 524;      // the kernel's own ENOTSUPP

Error explained(Error error, const Probes& probes, bool together) {
  const std::string binary = probes.binary.native();
  switch (error.code()) {
    case ESRCH:
      return std::move(error).hint(fmt::format("There is no process {}.", probes.pid));
    case EBADF:
    case EINVAL:
      if (probes.session) {
        error = std::move(error).hint("uprobe.session needs kernel 6.13.");
      }
      return std::move(error).hint(fmt::format(
          "{} must be a regular file, and each place the start of an instruction in its code.",
          binary));
    case error_not_supported:
      return std::move(error).hint("The kernel cannot step over the instruction there.");
    case E2BIG:
      return std::move(error).hint(
          fmt::format("{} places are too many: at most {}.", probes.places.size(), most_probes));
    default:
      return together ? std::move(error).hint(
                            "It needs CAP_PERFMON and CAP_BPF (or root), and kernel 6.6.")
                      : error;
  }
}

// As perf_event_open(2) has it: 0 is this process. For a link 0 is every process.
std::uint32_t filter_of(int pid) noexcept {
  if (pid == -1) return 0;
  return static_cast<std::uint32_t>(pid == 0 ? ::getpid() : pid);
}

// Each place once: patterns may overlap. What comes first holds.
void drop_doubles(std::vector<Probe>& places) {
  std::set<std::uint64_t> seen;
  std::erase_if(places, [&](const Probe& place) { return !seen.insert(place.offset).second; });
}

}  // namespace

Result<std::vector<Probe>> find_probes(const std::filesystem::path& binary,
                                       std::span<const UprobePlace> places) {
  std::vector<Probe> out;
  for (const auto& place : places) {
    const auto add = [&](std::uint64_t start) {
      out.push_back(
          {.offset = start + place.offset, .cookie = place.cookie, .semaphore = place.semaphore});
    };
    if (place.symbol.empty()) {
      add(0);
      continue;
    }
    SKEP_TRY(const auto functions, elf::find_functions(binary, place.symbol));
    if (place.offset != 0 && functions.size() > 1) {
      return fail(ErrorKind::invalid_argument,
                  "'{}' stands for {} functions: an offset of {:#x} makes sense in one only",
                  place.symbol, functions.size(), place.offset);
    }
    for (const auto& function : functions) add(function.offset);
  }
  drop_doubles(out);
  return out;
}

Result<bool> takes_many(const Program& program, Host& host) {
  const auto type = static_cast<AttachType>(program.spec().attach_type);
  if (type == AttachType::trace_uprobe_session) return true;  // there is no other way
  if (type != AttachType::trace_uprobe_multi) return false;
  return host.has_uprobe_multi();
}

Result<std::unique_ptr<Attachment>> attach_together(const Program& program, const Probes& probes,
                                                    Host& host) {
  std::vector<std::uint64_t> offsets, cookies, semaphores;
  bool has_cookies = false, has_semaphores = false;
  for (const auto& place : probes.places) {
    offsets.push_back(place.offset);
    cookies.push_back(place.cookie);
    semaphores.push_back(place.semaphore);
    has_cookies = has_cookies || place.cookie != 0;
    has_semaphores = has_semaphores || place.semaphore != 0;
  }
  const auto path = probes.binary.native();
  kernel::UprobeMultiLinkAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program.fd());
  attributes.attach_type = program.spec().attach_type;
  attributes.path = kernel::address_of(static_cast<const void*>(path.c_str()));
  attributes.offsets = kernel::address_of(static_cast<const void*>(offsets.data()));
  if (has_cookies) attributes.cookies = kernel::address_of(std::as_bytes(std::span(cookies)));
  if (has_semaphores) {
    attributes.semaphores = kernel::address_of(std::as_bytes(std::span(semaphores)));
  }
  attributes.count = static_cast<std::uint32_t>(offsets.size());
  attributes.probe_flags = probes.at_return ? 1 : 0;
  attributes.pid = filter_of(probes.pid);
  auto fd = kernel::create_link(host.syscalls(), attributes);
  if (!fd) return std::unexpected(explained(std::move(fd).error(), probes, true));
  std::vector<Fd> fds;
  fds.push_back(*std::move(fd));
  return std::make_unique<Descriptors>(std::move(fds), true);
}

Result<std::unique_ptr<Attachment>> attach_singly(const Program& program, const Probes& probes,
                                                  Host& host) {
  SKEP_TRY(auto event,
           probe_event(host.syscalls(), "uprobe", probes.at_return, "CONFIG_UPROBE_EVENTS"));
  const auto config = event.config;
  event.uprobe_path = reinterpret_cast<std::uintptr_t>(probes.binary.c_str());
  std::vector<Fd> fds;
  bool are_links = false;
  for (const auto& place : probes.places) {
    if (place.semaphore > std::numeric_limits<std::uint32_t>::max()) {
      return fail(ErrorKind::unsupported,
                  "the semaphore stands at {:#x} of the file: perf has 32 bits for that",
                  place.semaphore);
    }
    event.config = config | place.semaphore << semaphore_shift;
    event.probe_offset = place.offset;
    auto attached =
        attach_to_event(program, event, EventScope::probe(probes.pid), place.cookie, host);
    if (!attached) return std::unexpected(explained(std::move(attached).error(), probes, false));
    are_links = attached->is_link;
    fds.push_back(std::move(attached->fd));
  }
  return std::make_unique<Descriptors>(std::move(fds), are_links);
}

}  // namespace skep::hook
