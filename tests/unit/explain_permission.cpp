#include "explain/permission.hpp"

#include <gtest/gtest.h>

namespace skep::explain {
namespace {

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr std::uint64_t all = ~std::uint64_t{0};

TEST(Permission, NamesEachMissingCapability) {
  const auto none = explain_permission({0, false, ""});
  ASSERT_EQ(none.size(), 1U);
  for (const char* word : {"CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "root"}) {
    EXPECT_NE(none[0].find(word), std::string::npos) << word;
  }
  const auto some = explain_permission({bit(39) | bit(12), false, ""});
  EXPECT_EQ(some[0].find("CAP_BPF"), std::string::npos);
  EXPECT_NE(some[0].find("CAP_PERFMON"), std::string::npos);
}

TEST(Permission, SysAdminHoldsThemAll) {
  const auto out = explain_permission({bit(21), false, "none"});
  ASSERT_EQ(out.size(), 1U);
  EXPECT_NE(out[0].find("the kernel itself"), std::string::npos);
}

TEST(Permission, NamespaceAndLockdownAreNamed) {
  const auto out = explain_permission({all, true, "integrity"});
  ASSERT_EQ(out.size(), 2U);
  EXPECT_NE(out[0].find("user namespace"), std::string::npos);
  EXPECT_NE(out[1].find("integrity"), std::string::npos);
}

TEST(Permission, OurOwnPrivilegesCanBeRead) {
  EXPECT_FALSE(explain_permission(read_privileges()).empty());
}

}  // namespace
}  // namespace skep::explain
