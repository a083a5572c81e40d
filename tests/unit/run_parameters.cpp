#include "run/parameters.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "unit/btf_builder.hpp"

namespace skep::run {
namespace {

// const volatile int pid = 7; unsigned uid = -1; bool failed; enum mode { slow = 1, fast = 2 }
// mode; char name[8] = "init"; and one that is no parameter: const int plain;
class Parameters : public testing::Test {
 protected:
  void SetUp() override {
    test::BtfBuilder types;
    const auto int_ = types.add_int("int", 4, test::BtfBuilder::signed_);
    const auto uint = types.add_int("unsigned int", 4, 0);
    const auto bool_ = types.add_int("_Bool", 1, test::BtfBuilder::bool_);
    const auto char_ = types.add_int("char", 1, test::BtfBuilder::signed_);
    const auto mode = types.add_enum("mode", 4, {{"slow", 1}, {"fast", 2}});
    const auto text = types.add_array(char_, 8, int_);
    const auto parameter = [&](btf::TypeId type) {
      return types.add_const(types.add_volatile(type));
    };
    const std::vector<std::tuple<const char*, std::uint32_t, btf::TypeId>> globals = {
        {"target_pid", 4, parameter(int_)}, {"uid", 4, parameter(uint)},
        {"failed", 1, parameter(bool_)},    {"mode", 4, parameter(mode)},
        {"name", 8, parameter(text)},       {"plain", 4, types.add_const(int_)}};
    MapSpec rodata{.name = ".rodata", .type = MapType::array, .section = DataSection::rodata};
    for (const auto& [name, size, type] : globals) {
      spec.variables.push_back({name, 0, rodata.value_size, size, type});
      rodata.value_size += size;
    }
    rodata.contents.resize(rodata.value_size);
    spec.maps.push_back(std::move(rodata));
    spec.types = types.btf();
    ASSERT_TRUE(spec.set("target_pid", 7));
    ASSERT_TRUE(spec.set("uid", UINT32_MAX));
    ASSERT_TRUE(spec.set("mode", 1));
    ASSERT_TRUE(spec.set("name", "init"));
  }

  std::string refused(std::initializer_list<std::string> arguments) {
    auto done = apply_arguments(spec, arguments);
    if (done) return "accepted";
    std::string text = done.error().message();
    for (const auto& hint : done.error().hints()) text += " | " + hint;
    return text;
  }

  template <typename T>
  T value(std::string_view name) {
    T out{};
    const auto bytes = spec.bytes_of(*spec.find_variable(name));
    std::memcpy(&out, bytes.data(), sizeof(out));
    return out;
  }

  ObjectSpec spec;
};

TEST_F(Parameters, AreTheConstVolatileGlobalsWithTheirDefaults) {
  std::string seen;
  for (const auto& p : find_parameters(spec))
    seen += p.option + " " + p.type + "=" + p.initial + ";";
  EXPECT_EQ(seen,
            "--target-pid int=7;--uid unsigned int=-1;--failed bool=false;--mode enum mode=slow;"
            "--name char [8]=init;");
}

TEST_F(Parameters, AreSetByTheirType) {
  ASSERT_TRUE(apply_arguments(
      spec, {"--target-pid", "-42", "--uid=0x10", "--failed", "--mode", "fast", "--name", "a b"}));
  EXPECT_EQ(value<int>("target_pid"), -42);
  EXPECT_EQ(value<unsigned>("uid"), 16U);
  EXPECT_TRUE(value<bool>("failed"));
  EXPECT_EQ(value<int>("mode"), 2);
  const auto name = value<std::array<char, 8>>("name");
  EXPECT_STREQ(name.data(), "a b");
  ASSERT_TRUE(apply_arguments(spec, {"--uid", "-1", "--failed=false", "--target_pid=1"}));
  EXPECT_EQ(value<unsigned>("uid"), UINT32_MAX);
  EXPECT_FALSE(value<bool>("failed"));
  EXPECT_EQ(value<int>("target_pid"), 1);
}

TEST_F(Parameters, RefuseWhatTheTypeCannotTake) {
  EXPECT_NE(refused({"--target-pid", "12x"}).find("takes a number"), std::string::npos);
  EXPECT_NE(refused({"--target-pid", "2147483648"}).find("--target-pid"), std::string::npos);
  EXPECT_NE(refused({"--uid", "-2"}).find("--uid '-2'"), std::string::npos);
  EXPECT_NE(refused({"--mode", "warp"}).find("one of slow and fast"), std::string::npos);
  EXPECT_NE(refused({"--failed=perhaps"}).find("true or false"), std::string::npos);
  EXPECT_NE(refused({"--name", "12345678"}).find("name"), std::string::npos);
  EXPECT_NE(refused({"--uid"}).find("needs a value"), std::string::npos);
  EXPECT_NE(refused({"--plain", "1"}).find("unknown argument"), std::string::npos);
  EXPECT_NE(refused({"--target-pdi", "1"}).find("Did you mean --target-pid?"), std::string::npos);
}

}  // namespace
}  // namespace skep::run
