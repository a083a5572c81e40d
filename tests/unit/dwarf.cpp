// Types of local variables, from DWARF: beside what clang says of the same types in BTF.
#include "dwarf/local_variables.hpp"

#include <algorithm>
#include <random>

#include "btf/compare.hpp"
#include "skep/spec.hpp"
#include "unit/compile_fixture.hpp"

namespace skep::dwarf {
namespace {

using compile::CompileTest;

class LocalVariables : public CompileTest {
 protected:
  // The source goes on behind the types of tests/objects/records.h.
  compile::Compiled compile(const std::string& text) {
    const auto source =
        write("locals.bpf.c", "#include <stdbool.h>\n#include \"records.h\"\n" + text +
                                  "\nchar LICENSE[] SEC(\"license\") = \"GPL\";\n");
    return compile::compile(source, {.flags = {"-I" SKEP_GOLDEN "/../objects",
                                               "-DSEC(x)=__attribute__((section(x), used))"}});
  }

  static const btf::LocalVariable* find(const btf::LocalVariables& all, std::string_view name) {
    const auto found = std::ranges::find(all.variables, name, &btf::LocalVariable::name);
    return found == all.variables.end() ? nullptr : &*found;
  }
};

TEST_F(LocalVariables, HaveTheTypesThatBtfHas) {
  const std::vector<std::string> names = {"scalars",  "nests",    "bits",
                                          "squeezed", "meanings", "flexible"};
  std::string text;
  for (const auto& name : names) {
    text += "SEC(\"socket\") int use_" + name + "(struct " + name + " *the_" + name +
            ") { return the_" + name + " != 0; }\n";
  }
  const auto compiled = compile(text);
  const auto spec = ObjectSpec::parse(compiled.object, "locals").value();
  const auto locals = read_local_variables(compiled.object).value();
  for (const auto& name : names) {
    const auto* local = find(locals, "the_" + name);
    ASSERT_NE(local, nullptr) << name;
    EXPECT_TRUE(local->is_pointer);
    EXPECT_EQ(local->function, "use_" + name);
    const auto type = spec.types.find(name, btf::Kind::struct_);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(local->size, type->size());
    EXPECT_EQ(btf::first_difference(locals.types, local->type, spec.types, type->id()),
              std::nullopt)
        << name;
    EXPECT_EQ(locals.types.strip(local->type).name(), name);
  }
}

TEST_F(LocalVariables, OfInlinedFunctionsAreTheirCallers) {
  const auto compiled = compile(R"(
struct mine { int a, b; };
typedef struct { long x; } nameless;
static void (*use)(const void *) = (void *)1;
static __attribute__((always_inline)) void inlined(int n) {
  struct mine inside = {n, n + 1};
  use(&inside);
}
SEC("socket") int outer(void *ctx) {
  nameless here = {7};
  use(&here);
  for (int i = 0; i < 3; i++) { volatile struct mine *deep = ctx; inlined(deep->a); }
  return 0;
})");
  const auto locals = read_local_variables(compiled.object).value();
  const auto* inside = find(locals, "inside");
  ASSERT_NE(inside, nullptr);
  EXPECT_EQ(inside->function, "outer");
  EXPECT_FALSE(inside->is_pointer);
  const auto* here = find(locals, "here");
  ASSERT_NE(here, nullptr);
  EXPECT_EQ(locals.types.type(here->type).name(), "nameless");
  const auto* deep = find(locals, "deep");
  ASSERT_NE(deep, nullptr);
  EXPECT_TRUE(deep->is_pointer);
}

TEST_F(LocalVariables, NoneWithoutDwarf) {
  const auto compiled = compile::compile(program(1), {.flags = {"-g0"}});
  EXPECT_TRUE(read_local_variables(compiled.object).value().variables.empty());
  EXPECT_TRUE(read_local_variables({}).value_or(btf::LocalVariables{}).variables.empty());
}

// libdw reads it: what it makes of broken bytes may be nothing, but not a crash.
TEST_F(LocalVariables, OfBrokenObjectsAreNone) {
  const auto compiled = compile("SEC(\"socket\") int one(struct scalars *s) { return s->i32; }");
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    auto bytes = compiled.object;
    for (int change = 0; change < 8; ++change) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    if (i % 4 == 0) bytes.resize(random() % bytes.size());
    (void)read_local_variables(bytes);
  }
}

}  // namespace
}  // namespace skep::dwarf
