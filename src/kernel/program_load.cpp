#include "kernel/program_load.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.hpp"
#include "isa/opcode.hpp"
#include "kernel/attempt.hpp"
#include "kernel/bpf.hpp"
#include "kernel/capability.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/log_buffer.hpp"
#include "kernel/memlock.hpp"

namespace skep::kernel {
namespace {

// Ours go to the kernel as they are: struct bpf_func_info, struct bpf_line_info.
static_assert(sizeof(FunctionInfo) == 8 && offsetof(FunctionInfo, type) == 4);
static_assert(sizeof(LineInfo) == 16 && offsetof(LineInfo, line_column) == 12);

// The verifier gives up with EAGAIN when a signal is pending (do_check in kernel/bpf/verifier.c).
constexpr int load_attempts = 10;

ProgramLoadAttributes attributes_of(const ProgramSpec& spec, const object::LinkedProgram& program,
                                    const ProgramContext& context) {
  ProgramLoadAttributes attributes;
  attributes.type = static_cast<std::uint32_t>(spec.type);
  attributes.instructions = address_of(program.instructions.data());
  attributes.instruction_count = static_cast<std::uint32_t>(program.instructions.size());
  attributes.license = address_of(context.license->c_str());
  attributes.kernel_version = context.kernel_version;
  attributes.flags = spec.flags;
  attributes.attach_type = spec.attach_type;
  attributes.attach_type_id = program.attach_btf_id;
  attributes.attach_object_fd = static_cast<std::uint32_t>(program.attach_program.value_or(0));
  std::memcpy(attributes.name, spec.name.data(), std::min(spec.name.size(), name_length - 1));
  if (context.types_fd < 0) return attributes;
  attributes.types_fd = static_cast<std::uint32_t>(context.types_fd);
  if (!program.function_info.empty()) {
    attributes.function_info = address_of(program.function_info.data());
    attributes.function_info_count = static_cast<std::uint32_t>(program.function_info.size());
    attributes.function_info_size = sizeof(FunctionInfo);
  }
  if (!program.line_info.empty()) {
    attributes.line_info = address_of(program.line_info.data());
    attributes.line_info_count = static_cast<std::uint32_t>(program.line_info.size());
    attributes.line_info_size = sizeof(LineInfo);
  }
  return attributes;
}

Result<int> module_fd(std::uint32_t module, const ProgramContext& context) {
  if (module < context.modules.size()) return context.modules[module].get();
  return fail(ErrorKind::bad_input, "module {}, of {}", module, context.modules.size());
}

// Calls name a module by its place there; 0 is the kernel, so nothing stands at 0.
Result<std::vector<int>> fd_array_of(const object::LinkedProgram& program,
                                     const ProgramContext& context) {
  std::vector<int> out;
  if (program.fd_modules.empty()) return out;
  out.push_back(0);
  for (const auto module : program.fd_modules) {
    SKEP_TRY(const int fd, module_fd(module, context));
    out.push_back(fd);
  }
  return out;
}

// The weak kernel function whose call the verifier came to, although it does not exist.
std::string_view missing_function(std::string_view log, const ProgramContext& context) {
  constexpr std::string_view before = "unknown#";
  const auto at = log.rfind(before);
  if (at == std::string_view::npos) return {};
  std::int32_t number = 0;
  const char* const end = log.data() + log.size();
  const auto parsed = std::from_chars(log.data() + at + before.size(), end, number);
  if (parsed.ec != std::errc() || number < object::poison_kfunc) return {};
  const auto index = static_cast<std::size_t>(number - object::poison_kfunc);
  return index < context.externs.size() ? std::string_view(context.externs[index].name) : "";
}

long attempt(Syscalls& sys, ProgramLoadAttributes& attributes) {
  long result = -EAGAIN;
  for (int i = 0; i < load_attempts && result == -EAGAIN; ++i) {
    result = call_bpf(sys, Command::program_load, attributes);
  }
  return result;
}

// The last line that says something: the verifier's verdict stands above its statistics. Empty
// where the kernel refused before it looked, and wrote the statistics of nothing.
std::string_view verdict(std::string_view log) {
  std::string_view found;
  while (!log.empty()) {
    const auto end = std::min(log.find('\n'), log.size());
    const std::string_view line = log.substr(0, end);
    log.remove_prefix(std::min(end + 1, log.size()));
    const bool statistics = line.starts_with("processed ") || line.starts_with("verification time");
    if (!line.empty() && !statistics && !line.starts_with("stack depth")) found = line;
  }
  return found;
}

Error refusal(Syscalls& sys, const ProgramSpec& spec, const ProgramContext& context,
              Logged logged) {
  const int code = static_cast<int>(-logged.result);
  if (const auto said = verdict(logged.log); !said.empty()) {
    Error error = Error::from_errno(
        code, fmt::format("load program '{}': the verifier says: {}", spec.name, said));
    const bool license = logged.log.find("GPL") != std::string::npos;
    error = std::move(error).as(ErrorKind::rejected);
    if (license) {
      error = std::move(error).hint(fmt::format(
          "The object's license is '{}': give it char LICENSE[] SEC(\"license\") = \"GPL\";",
          *context.license));
    }
    if (const auto name = missing_function(logged.log, context); !name.empty()) {
      error = std::move(error).hint(
          fmt::format("The kernel has no function '{0}' (or another one): call it only if "
                      "(bpf_ksym_exists({0})).",
                      name));
    }
    if (!logged.complete) {
      error = std::move(error).hint("The log is longer than the kernel can hand out: it is cut.");
    }
    return std::move(error).with_report(std::move(logged.log));
  }
  Error error = Error::from_errno(
      code, fmt::format("load program '{}': the kernel refused it before verification", spec.name));
  if (code == EINVAL) {
    return std::move(error)
        .as(ErrorKind::unsupported)
        .hint(fmt::format("This kernel may not know programs of type {} with attach type {}.",
                          name_of(spec.type), spec.attach_type));
  }
  return name_missing_capabilities(sys, std::move(error), spec.type);
}

}  // namespace

Result<void> patch_maps(object::LinkedProgram& program, std::span<const Map> maps) {
  for (const auto& reference : program.maps) {
    const std::size_t index = reference.instruction;
    if (index + 1 >= program.instructions.size() || reference.map >= maps.size() ||
        !isa::is_lddw(program.instructions[index])) {
      return fail(ErrorKind::bad_input, "program '{}': instruction {} does not load map {}",
                  program.name, index, reference.map);
    }
    Insn& first = program.instructions[index];
    first.set_src(reference.is_value ? isa::pseudo_map_value : isa::pseudo_map_fd);
    first.imm = maps[reference.map].fd();
    program.instructions[index + 1].imm =
        reference.is_value ? static_cast<std::int32_t>(reference.offset) : 0;
  }
  return {};
}

Result<void> patch_modules(object::LinkedProgram& program, std::span<const Fd> modules) {
  for (const auto& reference : program.modules) {
    const std::size_t index = reference.instruction;
    if (index + 1 >= program.instructions.size() || reference.module >= modules.size() ||
        !isa::is_lddw(program.instructions[index])) {
      return fail(ErrorKind::bad_input,
                  "program '{}': instruction {} does not load a type of "
                  "module {}",
                  program.name, index, reference.module);
    }
    program.instructions[index + 1].imm = modules[reference.module].get();
  }
  return {};
}

void bind_map(Syscalls& sys, int program, int map) noexcept {
  BindMapAttributes attributes;
  attributes.program_fd = static_cast<std::uint32_t>(program);
  attributes.map_fd = static_cast<std::uint32_t>(map);
  call_bpf(sys, Command::program_bind_map, attributes);
}

Result<Fd> load_program(Syscalls& sys, const ProgramSpec& spec,
                        const object::LinkedProgram& program, const ProgramContext& context) {
  ProgramLoadAttributes attributes = attributes_of(spec, program, context);
  SKEP_TRY(const auto fd_array, fd_array_of(program, context));
  if (!fd_array.empty()) attributes.fd_array = address_of(fd_array.data());
  if (program.attach_module) {
    SKEP_TRY(const int fd, module_fd(*program.attach_module, context));
    attributes.attach_object_fd = static_cast<std::uint32_t>(fd);
  }
  const long refused = with_memlock(sys, [&] { return attempt(sys, attributes); });
  if (refused >= 0) return adopt(refused);

  Logged logged = repeat_with_log(sys, refused, [&](const LogBuffer& log, std::uint32_t& needed) {
    attributes.log = log.address();
    attributes.log_size = log.size();
    attributes.log_level = 1;
    const long result = attempt(sys, attributes);
    needed = attributes.log_true_size;
    return result;
  });
  if (logged.result >= 0) return adopt(logged.result);  // refused for a moment only
  return std::unexpected(
      about(refusal(sys, spec, context, std::move(logged)), attempt_of(Attempt::Step::load, spec)));
}

}  // namespace skep::kernel
