// What the tests of compile/ share: a folder with a cache of its own, sources, a small kernel.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "compile/compile.hpp"
#include "unit/btf_builder.hpp"
#include "unit/cache_fixture.hpp"

namespace skep::compile {

namespace fs = std::filesystem;

using test::Variable;

inline constexpr std::string_view small_program = R"(
#define SEC(NAME) __attribute__((section(NAME), used))
SEC("socket") int answer(void *ctx) { return ANSWER; }
char LICENSE[] SEC("license") = "GPL";
)";

class CompileTest : public test::CacheTest {
 protected:
  // Files look old, as those that a person wrote do: see hash_of_file().
  fs::path write(const std::string& name, std::string_view text) {
    const auto path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::seconds(10));
    return path;
  }

  fs::path program(int answer, const std::string& name = "program.bpf.c") {
    return write(name, fmt::format("#define ANSWER {}{}", answer, small_program));
  }
};

inline bool is_bpf_object(const std::vector<std::byte>& bytes) {
  // e_ident and e_machine of an ELF file: EM_BPF is 247.
  return bytes.size() > 20 && bytes[0] == std::byte{0x7f} && bytes[18] == std::byte{247};
}

inline Compiled compile(const fs::path& source, const CompileOptions& options = {}) {
  auto compiled = compile_bpf(source, options);
  EXPECT_TRUE(compiled) << compiled.error().message() << compiled.error().report();
  if (!compiled) return {};
  EXPECT_TRUE(is_bpf_object(compiled->object));
  return *std::move(compiled);
}

// struct NAME { int first; }
inline Btf small_kernel(std::string_view name) {
  test::BtfBuilder types;
  const auto number = types.add_int("int", 4, test::BtfBuilder::signed_);
  types.add_struct(name, 4, {{"first", number, 0}});
  return types.btf();
}

inline CompileOptions with_types(std::string build_id, std::string_view struct_name, int* calls) {
  return {.flags = {},
          .kernel_types = [struct_name = std::string(struct_name), calls]() -> Result<Btf> {
            ++*calls;
            return small_kernel(struct_name);
          },
          .kernel_build_id = std::move(build_id)};
}

inline constexpr std::string_view uses_vmlinux =
    "#include \"vmlinux.h\"\nint f(struct task_x *t) { return t->first; }\n";

}  // namespace skep::compile
