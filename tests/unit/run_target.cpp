#include "run/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "object/link.hpp"
#include "unit/btf_builder.hpp"

namespace skep::run {
namespace {

namespace fs = std::filesystem;
using test::BtfBuilder;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty;

// A kernel with a type, and a folder of modules' types like /sys/kernel/btf.
class Modules : public testing::Test {
 protected:
  Modules() {
    integer = kernel.add_int("int", 4);
    std::string name = (fs::temp_directory_path() / "skep-btf-XXXXXX").native();
    folder = ::mkdtemp(name.data());
    put("vmlinux", kernel.build());
    auto toy = BtfBuilder::split_on(kernel);
    toy.add_struct("toy", 4, {{"a", integer}});
    put("toys", toy.build());
    auto game = BtfBuilder::split_on(kernel);
    game.add_struct("game", 4, {{"a", integer}});
    put("games", game.build());
    target.types = kernel.btf();
  }
  ~Modules() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  void put(const std::string& name, const std::vector<std::byte>& bytes) {
    std::ofstream(folder / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& module : target.modules) out.push_back(module.name);
    return out;
  }

  BtfBuilder kernel;
  btf::TypeId integer = 0;
  fs::path folder;
  object::Target target;
};

TEST_F(Modules, AllAreRead) {
  ASSERT_TRUE(add_module_types({.all = true}, target, folder));
  EXPECT_THAT(names(), ElementsAre("games", "toys"));
  EXPECT_TRUE(target.modules[1].types.find("toy", btf::Kind::struct_));
}

TEST_F(Modules, OrThoseThatAreNamed) {
  ASSERT_TRUE(add_module_types({.names = {"toys", "absent"}}, target, folder));
  EXPECT_THAT(names(), ElementsAre("toys"));
}

TEST_F(Modules, WithoutTheKernelsTypesThereAreNone) {
  target.types.reset();
  ASSERT_TRUE(add_module_types({.all = true}, target, folder));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(Modules, DamagedOnesAreNamed) {
  put("toys", std::vector<std::byte>(40));
  const auto added = add_module_types({.all = true}, target, folder);
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().message(), HasSubstr("module 'toys'"));
}

TEST_F(Modules, AFolderThatIsNotThereHoldsNone) {
  EXPECT_TRUE(add_module_types({.all = true}, target, folder / "none"));
  EXPECT_THAT(names(), IsEmpty());
}

// Types alone say nothing of symbols: no error, but a sentence.
TEST_F(Modules, SymbolsAreNotKnownFromTypes) {
  ObjectSpec spec;
  spec.externs = {{.name = "strong", .kind = ExternSpec::Kind::address},
                  {.name = "weak", .kind = ExternSpec::Kind::address, .weak = true},
                  {.name = "typed", .kind = ExternSpec::Kind::variable}};
  EXPECT_THAT(what_types_leave_open(spec), ElementsAre(HasSubstr("'strong' is not known")));
  EXPECT_FALSE(target_of_types(kernel.btf()).are_symbols_known);
}

}  // namespace
}  // namespace skep::run
