// Whole object files: opened, what they send found out, and every program linked against the
// object's own types and against a small fixed target.
#include <cstddef>
#include <cstdint>
#include <span>

#include "object/link.hpp"
#include "stream/record_type.hpp"
#include "unit/btf_builder.hpp"

namespace {

// Some of what tests/objects ask a kernel for.
skep::object::Target make_target() {
  skep::test::BtfBuilder b;
  const auto integer = b.add_int("int", 4, skep::test::BtfBuilder::signed_);
  const auto character = b.add_int("char", 1, skep::test::BtfBuilder::char_);
  const auto comm = b.add_array(character, 16, integer);
  const auto signal = b.add_struct("signal_struct", 8, {{"nr_threads", integer, 32}});
  const auto task = b.add_fwd("task_struct");
  const auto inner = b.add_struct("", 8, {{"tgid", integer, 0}, {"pid", integer, 32}});
  b.add_struct("task_struct", 64,
               {{"", inner, 0},
                {"comm", comm, 64},
                {"group_leader", b.add_ptr(task), 192},
                {"signal", b.add_ptr(signal), 256},
                {"in_execve", integer, 323, 1}});
  b.add_enum("pid_type", 4, {{"PIDTYPE_TGID", 0}, {"PIDTYPE_PID", 1}});
  const auto prototype = b.add_func_proto(integer);
  b.add_typedef("btf_trace_sched_process_exec", b.add_ptr(prototype));
  b.add_func("do_nanosleep", prototype);
  return {b.btf()};
}

void link_all(const skep::ObjectSpec& spec, const skep::object::Target& target) {
  (void)skep::object::needs_target_types(spec);
  auto linker = skep::object::Linker::create(spec, target);
  if (!linker) return;
  for (std::size_t i = 0; i < spec.programs.size(); ++i) (void)linker->link(i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto target = make_target();
  auto spec = skep::ObjectSpec::parse(std::as_bytes(std::span(data, size)), "fuzz");
  if (!spec) return 0;
  for (const auto& variable : spec->variables) (void)spec->bytes_of(variable);
  (void)spec->set("result", 1);
  const auto outputs = skep::stream::find_outputs(*spec);
  for (std::uint32_t i = 0; i < spec->maps.size(); ++i) {
    (void)skep::stream::infer_record_types(*spec, i, outputs, {});
  }
  link_all(*spec, target);
  link_all(*spec, {spec->types});
  return 0;
}
