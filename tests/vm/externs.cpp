// What the kernel of the tests' own machine has no symbols for: variables, found by their type.
#include <gtest/gtest.h>

#include "kernel/support.hpp"

namespace skep {
namespace {

class ExternKernel : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, ExternKernel,
                         testing::Values("extern_kconfig_layout", "extern_kconfig_linux",
                                         "extern_ksym_address", "extern_ksym_variable"),
                         [](const auto& object) { return std::string(object.param); });

TEST_P(ExternKernel, IsLoaded) {
  const auto object = Object::load(test::spec_of(GetParam()));
  ASSERT_TRUE(object) << test::text_of(object.error());
}

}  // namespace
}  // namespace skep
