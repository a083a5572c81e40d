#include <linux/perf_event.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/text.hpp"
#include "hook/perf.hpp"
#include "kernel/host.hpp"

namespace skep::hook {
namespace {

Error no_such_tracepoint(const Tracepoint& hook, kernel::Syscalls& sys, int tracefs) {
  Error error(ErrorKind::not_found, "this kernel has no such tracepoint");
  const auto path = fmt::format("events/{}", hook.category);
  if (auto names = kernel::list_directories(sys, tracefs, path.c_str())) {
    return std::move(error).hint(fmt::format("The nearest in category '{}': {}.", hook.category,
                                             enumerate(nearest_names(hook.name, *names, 5))));
  }
  auto categories = kernel::list_directories(sys, tracefs, "events");
  if (!categories) return error;
  std::ranges::sort(*categories);
  return std::move(error)
      .hint(fmt::format("There is no category '{}'; the nearest: {}.", hook.category,
                        enumerate(nearest_names(hook.category, *categories, 3))))
      .hint(fmt::format("Categories: {}.", enumerate(*categories)));
}

// The number that perf_event_open(2) knows the tracepoint by: events/CATEGORY/NAME/id in tracefs.
Result<std::uint64_t> id_of(const Tracepoint& hook, Host& host) {
  for (const auto* part : {&hook.category, &hook.name}) {
    if (part->empty() || part->find('/') != std::string::npos || part->starts_with('.')) {
      return fail(ErrorKind::invalid_argument, "'{}' is no part of a tracepoint's name", *part);
    }
  }
  SKEP_TRY(const int tracefs, host.tracefs());
  const auto path = fmt::format("events/{}/{}/id", hook.category, hook.name);
  auto text = kernel::read_kernel_file(host.syscalls(), tracefs, path.c_str());
  if (!text) {
    Error error = std::move(text).error();
    if (error.code() != ENOENT) return std::unexpected(std::move(error));
    return std::unexpected(no_such_tracepoint(hook, host.syscalls(), tracefs));
  }
  std::uint64_t id = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), id);
  if (parsed.ec != std::errc()) return fail(ErrorKind::bad_input, "{}: '{}' is no id", path, *text);
  return id;
}

}  // namespace

Result<Link> attach(const Program& program, const Tracepoint& hook, Host& host) {
  perf_event_attr event{};
  event.type = PERF_TYPE_TRACEPOINT;
  SKEP_TRY(event.config, id_of(hook, host));
  return attach_to_events(program, hook, event, {EventScope::probe(-1)}, hook.cookie, host);
}

}  // namespace skep::hook
