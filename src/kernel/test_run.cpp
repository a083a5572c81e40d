#include "kernel/test_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/capability.hpp"
#include "object/attach_type.hpp"
#include "skep/object.hpp"

namespace skep {

Result<TestRunResult> Program::run(const TestRun& run) const {
  return kernel::test_run(*sys_, fd(), spec_, run);
}

namespace kernel {
namespace {

using Out = RunRules::Out;

// More than any context that the kernel gives back has: a newer one may have longer ones.
constexpr std::uint32_t context_room = 512;

constexpr RunRules packet_rules(ContextKind context) {
  return {.runs = true,
          .takes_data = true,
          .returns_data = true,
          .repeats = true,
          .context = context,
          .context_out = Out::separate};
}

constexpr std::array<const char*, 8> context_names = {"none",          "an XdpMd", "an SkBuff",
                                                      "an SkLookup",   "FlowKeys", "an NfHookState",
                                                      "its Arguments", "bytes"};

// The bytes of the alternative that is there.
struct ContextBytes {
  std::vector<std::byte> operator()(std::monostate) const { return {}; }
  std::vector<std::byte> operator()(const std::vector<std::byte>& bytes) const { return bytes; }
  std::vector<std::byte> operator()(const Arguments& words) const {
    const auto bytes = std::as_bytes(std::span(words));
    return {bytes.begin(), bytes.end()};
  }
  template <typename T>
  std::vector<std::byte> operator()(const T& value) const {
    return context_bytes(value);
  }
};

// Where the packet ends goes without saying.
TestContext completed(const TestRun& run) {
  TestContext out = run.context;
  if (auto* xdp = std::get_if<XdpMd>(&out); xdp != nullptr && xdp->data_end == 0) {
    xdp->data_end = static_cast<std::uint32_t>(run.data.size());
  }
  return out;
}

// What would be done in silence otherwise: another struct is bytes to the kernel, too.
Result<void> check(const ProgramSpec& program, const RunRules& rules, const TestRun& run) {
  const auto type = name_of(program.type);
  const auto given = static_cast<ContextKind>(run.context.index());
  const bool fits = given == ContextKind::none || given == rules.context ||
                    (given == ContextKind::bytes && rules.context != ContextKind::none);
  if (!fits) {
    return fail(ErrorKind::invalid_argument,
                "the context of {} programs is {}, and what was given is {}", type,
                context_names[static_cast<std::size_t>(rules.context)],
                context_names[static_cast<std::size_t>(given)]);
  }
  if (!rules.takes_data && !run.data.empty()) {
    return fail(ErrorKind::invalid_argument, "{} programs have no packet: leave data empty", type);
  }
  if (rules.context == ContextKind::lookup && given == ContextKind::none) {
    return fail(ErrorKind::invalid_argument, "it needs an SkLookup as context");
  }
  if (run.repeat == 0) return fail(ErrorKind::invalid_argument, "repeat is 0: once is 1");
  if (!rules.repeats && run.repeat != 1) {
    return fail(ErrorKind::invalid_argument,
                "the kernel runs {} programs once a call: leave repeat at 1 and call it {} times",
                type, run.repeat);
  }
  return {};
}

// What the call writes into and reads from.
struct Buffers {
  std::vector<std::byte> context_in, context_out, data_out;
};

TestRunAttributes attributes_of(int fd, const RunRules& rules, const TestRun& run,
                                Buffers& buffers) {
  TestRunAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(fd);
  attributes.data_in = address_of(run.data);
  attributes.data_in_size = static_cast<std::uint32_t>(run.data.size());
  attributes.repeat = rules.repeats ? run.repeat : 0;
  attributes.context_in = address_of(buffers.context_in);
  attributes.context_in_size = static_cast<std::uint32_t>(buffers.context_in.size());
  attributes.batch_size = run.batch;
  if (run.live_frames) attributes.flags |= test_run_live_frames;
  if (run.cpu) {
    attributes.flags |= test_run_on_cpu;
    attributes.cpu = *run.cpu;
  }
  if (run.live_frames) return attributes;
  if (rules.returns_data && run.most_data != 0) {
    buffers.data_out.resize(run.most_data);
    attributes.data_out = address_of(buffers.data_out);
    attributes.data_out_size = run.most_data;
  }
  // Who asks for a context gives one: the kernel takes zeroes, and to XDP they are no packet.
  const bool xdp = rules.context == ContextKind::xdp;
  if (rules.context_out == Out::separate && (!xdp || attributes.context_in != 0)) {
    buffers.context_out.resize(context_room);
    attributes.context_out = address_of(buffers.context_out);
    attributes.context_out_size = context_room;
  }
  return attributes;
}

TestRunResult result_of(const RunRules& rules, const TestRunAttributes& attributes,
                        Buffers buffers) {
  TestRunResult out;
  out.return_value = attributes.return_value;
  if (rules.repeats) out.duration = std::chrono::nanoseconds(attributes.duration);
  if (attributes.data_out != 0) {
    out.data_size = attributes.data_out_size;
    buffers.data_out.resize(std::min<std::size_t>(buffers.data_out.size(), out.data_size));
    out.data = std::move(buffers.data_out);
  }
  if (rules.context_out == Out::in_place) out.context = std::move(buffers.context_in);
  if (attributes.context_out != 0) {
    buffers.context_out.resize(
        std::min<std::size_t>(buffers.context_out.size(), attributes.context_out_size));
    out.context = std::move(buffers.context_out);
  }
  return out;
}

Error refusal(Syscalls& sys, int code, const ProgramSpec& program, const TestRun& run) {
  const auto doing = fmt::format("run program '{}'", program.name);
  switch (code) {
    case EINVAL:
      if (auto rule = broken_rule(program, run); !rule.empty()) {
        return Error(ErrorKind::invalid_argument, fmt::format("{}: {}", doing, rule));
      }
      break;
    case E2BIG:
      return Error(ErrorKind::invalid_argument,
                   fmt::format("{}: {}", doing,
                               run.batch > 256
                                   ? fmt::format("a batch is 256 frames at most, not {}", run.batch)
                                   : "the context has members that this kernel does "
                                     "not know: they must be 0"));
    case ENODEV:
      return Error(
          ErrorKind::not_found,
          doing + ": the context names an interface that is not in this network namespace");
    case ENXIO:
      return Error(ErrorKind::not_found,
                   fmt::format("{}: CPU {} is not online", doing, run.cpu.value_or(0)));
    case ERANGE:
      return Error(ErrorKind::invalid_argument,
                   doing + ": local_port is in host byte order, and 65535 at most");
    case EAFNOSUPPORT:
      return Error(ErrorKind::invalid_argument,
                   doing + ": family must be AF_INET (2) or AF_INET6 (10)");
    case EOPNOTSUPP:
      if (program.type == ProgramType::struct_ops) {
        return Error(ErrorKind::unsupported,
                     doing + ": of struct_ops the kernel runs those of bpf_dummy_ops alone");
      }
      break;
    case 524:  // ENOTSUPP
      return Error(ErrorKind::unsupported, fmt::format("{}: this kernel cannot run {} programs "
                                                       "without their hook",
                                                       doing, name_of(program.type)));
    default:
      break;
  }
  Error error = Error::from_errno(code, doing);
  if (code == EINVAL) {
    error = std::move(error).hint(
        "This kernel may not take all that was asked for: try it with "
        "the packet alone.");
  }
  return name_missing_capabilities(sys, std::move(error), program.type);
}

}  // namespace

RunRules run_rules(const ProgramSpec& program) noexcept {
  using object::AttachType;
  switch (program.type) {
    case ProgramType::xdp:
      return packet_rules(ContextKind::xdp);
    case ProgramType::socket_filter:
    case ProgramType::sched_cls:
    case ProgramType::sched_act:
    case ProgramType::cgroup_skb:
    case ProgramType::lwt_in:
    case ProgramType::lwt_out:
    case ProgramType::lwt_xmit:
      return packet_rules(ContextKind::skb);
    case ProgramType::flow_dissector:
      return packet_rules(ContextKind::flow);
    case ProgramType::netfilter:
      return {.runs = true, .takes_data = true, .repeats = true, .context = ContextKind::netfilter};
    case ProgramType::sk_lookup:
      return {.runs = true,
              .repeats = true,
              .context = ContextKind::lookup,
              .context_out = Out::separate};
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
    case ProgramType::struct_ops:
      return {.runs = true, .context = ContextKind::arguments};
    case ProgramType::syscall:
      return {.runs = true, .context = ContextKind::bytes, .context_out = Out::in_place};
    case ProgramType::tracing: {
      const auto how = static_cast<AttachType>(program.attach_type);
      return {.runs = how == AttachType::trace_fentry || how == AttachType::trace_fexit ||
                      how == AttachType::trace_fsession || how == AttachType::modify_return};
    }
    default:
      return {};
  }
}

Result<TestRunResult> test_run(Syscalls& sys, int fd, const ProgramSpec& program,
                               const TestRun& run) {
  const RunRules rules = run_rules(program);
  if (rules.runs) {
    if (auto checked = check(program, rules, run); !checked) {
      return add_context(std::move(checked).error(), "run program '{}'", program.name);
    }
  }
  Buffers buffers{.context_in = std::visit(ContextBytes(), completed(run))};
  TestRunAttributes attributes = attributes_of(fd, rules, run, buffers);
  const long result = call_bpf(sys, Command::program_test_run, attributes);
  // ENOSPC: all was done, and what did not fit was left out, the context too (bpf_test_finish).
  const bool cut = result == -ENOSPC && attributes.data_out_size > buffers.data_out.size();
  if (result < 0 && !cut) {
    return std::unexpected(refusal(sys, static_cast<int>(-result), program, run));
  }
  if (cut) attributes.context_out = 0;
  return result_of(rules, attributes, std::move(buffers));
}

}  // namespace kernel
}  // namespace skep
