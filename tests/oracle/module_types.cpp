// Writes the BTF of a module that no kernel has, split on top of the running kernel's: what the
// recorder hands out as a loaded module. oracle_module_types OUTPUT
#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "base/file.hpp"
#include "unit/btf_builder.hpp"

namespace {

using skep::btf::Kind;

constexpr std::uint64_t largest_types = 64 << 20;

skep::Result<std::vector<std::byte>> make() {
  SKEP_TRY(auto bytes, skep::read_file("/sys/kernel/btf/vmlinux", largest_types));
  SKEP_TRY(const auto kernel, skep::Btf::parse(std::move(bytes)));
  auto b = skep::test::BtfBuilder::split_on(kernel);
  const auto number = kernel.find("int", Kind::int_)->id();
  const auto task = kernel.find("task_struct", Kind::struct_)->id();
  // tests/objects/extern_module.bpf.c knows these, with other offsets.
  const auto thing =
      b.add_struct("skep_toy_thing", 24,
                   {{"before", number, 0}, {"second", number, 96}, {"first", number, 128}});
  b.add_enum("skep_toy_choice", 4, {{"SKEP_TOY_OTHER", 0}, {"SKEP_TOY_CHOSEN", 42}});
  const auto hook = b.add_func_proto(number, {{"thing", b.add_ptr(thing)}});
  b.add_func("skep_toy_hook", hook, skep::btf::Linkage::static_);
  const auto call = b.add_func_proto(number, {{"task", b.add_ptr(task)}, {"how", number}});
  b.add_func("skep_toy_call", call, skep::btf::Linkage::static_);
  const auto table =
      b.add_struct("skep_toy_ops", 16, {{"size", number, 0}, {"call", b.add_ptr(call), 64}});
  b.add_struct("bpf_struct_ops_skep_toy_ops", 64, {{"common", number, 0}, {"data", table, 128}});
  const auto counter = b.add_var("skep_toy_counter", number);
  b.add_datasec(".data..percpu", 4, {{counter, 0, 4}});
  b.add_typedef(
      "btf_trace_skep_toy_event",
      b.add_ptr(b.add_func_proto(0, {{"data", b.add_ptr(0)}, {"thing", b.add_ptr(thing)}})));
  return b.build();
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  const auto types = make();
  if (!types) {
    fmt::print(stderr, "{}\n", types.error().message());
    return 1;
  }
  std::ofstream out(words[1], std::ios::binary);
  out.write(reinterpret_cast<const char*>(types->data()),
            static_cast<std::streamsize>(types->size()));
  return out.good() ? 0 : 1;
}
