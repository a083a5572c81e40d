// What the running kernel has, found and used: its configuration, symbols, variables, functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "kernel/host.hpp"
#include "kernel/support.hpp"

namespace skep {
namespace {

using testing::Contains;
using testing::HasSubstr;

class ExternKernel : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, ExternKernel,
                         testing::Values("extern_kconfig_layout", "extern_kconfig_linux",
                                         "extern_ksym_address", "extern_kfunc_flavours"),
                         [](const auto& object) { return std::string(object.param); });

// The verifier takes it: addresses, ids and prototypes are this kernel's. (Variables by their type,
// which need CONFIG_KALLSYMS_ALL: tests/vm.)
TEST_P(ExternKernel, IsLoaded) {
  const auto object = Object::load(test::spec_of(GetParam()));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_TRUE(object->notes().empty()) << object->notes().front();
}

// CONFIG_HZ stands first, as 8 bytes; it is what /proc/config.gz says, or what somebody gave.
std::uint64_t hertz_of(const Object& object) {
  const std::uint32_t key = 0;
  const auto value = object.map(".kconfig").value()->lookup(bytes_of(key)).value().value();
  return read_at<std::uint64_t>(value, 0).value();
}

TEST(ExternKernel, ConfigurationIsThatOfTheKernelAndFrozen) {
  const auto object = Object::load(test::spec_of("extern_kconfig_layout"));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_THAT((std::vector<std::uint64_t>{100, 250, 300, 1000}), Contains(hertz_of(*object)));
  const auto* map = object->map(".kconfig").value();
  const std::uint32_t key = 0;
  const std::vector<std::byte> other(map->value_bytes());
  const auto written = map->update(bytes_of(key), other);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), EPERM);
}

TEST(ExternKernel, ConfigurationMayBeGiven) {
  LoadOptions options;
  options.kconfig = "CONFIG_HZ=12345\n";
  const auto object = Object::load(test::spec_of("extern_kconfig_layout"), std::move(options));
  ASSERT_TRUE(object) << test::text_of(object.error());
  EXPECT_EQ(hertz_of(*object), 12345U);
}

// The call of a function that is not there is refused only where the program gets to it.
TEST(ExternKernel, AnUnguardedCallIsExplained) {
  auto spec = test::spec_of("extern_mixed");
  spec.find_program("not_loaded")->autoload = true;
  const auto object = Object::load(std::move(spec));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::rejected);
  EXPECT_THAT(object.error().hints(), Contains(HasSubstr("no function 'bpf_never_in_any_kernel'")));
}

}  // namespace
}  // namespace skep
