#include "run/attach_option.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "object/missing_program.hpp"
#include "object/section.hpp"

namespace skep::run {
namespace {

struct Written {
  std::string section;     // as in SEC
  std::string_view place;  // what does not belong there
};

// A colon stands for the slash of SEC where a target follows, else before the place.
Result<Written> section_of(std::string_view hook) {
  if (object::meaning_of_section(hook)) return Written{std::string(hook), {}};
  const auto colon = hook.find(':');
  const auto kind = hook.substr(0, colon);
  SKEP_TRY(const auto meaning, object::meaning_of_section(kind));
  const auto rest = hook.substr(colon + 1);  // there is a colon: without, it would be known
  Written written{fmt::format("{}/{}", kind, rest), {}};
  if (const auto with = object::meaning_of_section(written.section); !with || with->kind != kind) {
    return Written{std::string(kind), rest};
  }
  if (meaning.type == ProgramType::tracepoint) {  // tp:sched:sched_switch
    std::ranges::replace(written.section, ':', '/');
  }
  return written;
}

Result<AttachOption> apply(ObjectSpec& spec, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return fail(
        ErrorKind::invalid_argument,
        "it takes a program and a hook, as in count=tp/sched/sched_switch or filter=xdp:eth0");
  }
  const auto name = text.substr(0, equals);
  auto* program = spec.find_program(name);
  if (program == nullptr) return std::unexpected(object::missing_program(spec, name));
  SKEP_TRY(const auto written, section_of(text.substr(equals + 1)));
  SKEP_TRY(const auto meaning, object::meaning_of_section(written.section));
  const bool has_type = program->type != ProgramType::unspecified;
  if (has_type && program->type != meaning.type) {
    return fail(ErrorKind::invalid_argument,
                "SEC(\"{}\") makes it a program of type {}, and it was written as one of type {}",
                written.section, name_of(meaning.type), name_of(program->type));
  }
  object::apply(meaning, *program);
  program->section = written.section;
  program->autoload = true;
  return AttachOption{name, written.place};
}

}  // namespace

Result<AttachOption> apply_attach(ObjectSpec& spec, std::string_view text) {
  auto done = apply(spec, text);
  if (done) return done;
  return std::unexpected(std::move(done)
                             .error()
                             .in(fmt::format("--attach '{}'", text))
                             .as(ErrorKind::invalid_argument));
}

}  // namespace skep::run
