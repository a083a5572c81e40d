// The index of the running kernel's types answers exactly as a walk through all of them.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "btf/flavour.hpp"
#include "btf/index.hpp"
#include "kernel/host.hpp"
#include "object/name_search.hpp"
#include "unit/cache_fixture.hpp"

namespace skep {
namespace {

using btf::Kind;
using btf::TypeId;

class KernelIndexTest : public test::CacheTest {
 protected:
  // Twice: the first makes the index, the second finds it in the cache.
  void SetUp() override {
    auto& sys = kernel::real_syscalls();
    made_ = kernel::read_kernel_types(sys).value();
    found_ = kernel::read_kernel_types(sys).value();
    ASSERT_NE(btf::index_of(made_), nullptr);
    ASSERT_NE(btf::index_of(found_), nullptr);
    plain_ = Btf::parse(made_.bytes(), std::make_shared<Btf>(made_)).value();
    ASSERT_EQ(btf::index_of(plain_), nullptr);
    ASSERT_EQ(files_in_cache("types-"), 1U);
  }

  Btf made_, found_, plain_;
};

TEST_F(KernelIndexTest, KnowsEveryNameAsTheWalkDoes) {
  std::map<std::string_view, std::vector<TypeId>> walked;
  for (TypeId id = 1; id < plain_.end_id(); ++id) {
    const auto name = plain_.type(id).name();
    if (!name.empty()) walked[btf::essential_name(name)].push_back(id);
  }
  ASSERT_GT(walked.size(), 10000U);
  for (const Btf* types : {&made_, &found_}) {
    for (const auto& [name, ids] : walked) {
      std::vector<TypeId> indexed;
      for (const auto id : btf::index_of(*types)->with(name)) {
        if (btf::essential_name(types->type(id).name()) == name) indexed.push_back(id);
      }
      ASSERT_EQ(indexed, ids) << name;
    }
  }
}

TEST_F(KernelIndexTest, TheSearchFindsTheSameWithIt) {
  std::set<std::pair<std::string_view, Kind>> names;
  object::NameSearch with, without;
  for (TypeId id = 1; id < plain_.end_id(); ++id) {
    const auto type = plain_.type(id);
    if (type.name().empty() || !names.emplace(type.name(), type.kind()).second) continue;
    for (auto* search : {&with, &without}) {
      search->want_all(type.name(), type.kind());
      search->want_first(type.name(), type.kind());
    }
  }
  with.run(found_);
  without.run(plain_);
  for (const auto& [name, kind] : names) {
    ASSERT_EQ(with.all(name, kind), without.all(name, kind)) << name;
    ASSERT_EQ(with.first(name, kind), without.first(name, kind)) << name;
  }
}

TEST_F(KernelIndexTest, EveryTypeIsWhereItWas) {
  ASSERT_EQ(found_.end_id(), plain_.end_id());
  for (TypeId id = 1; id < plain_.end_id(); ++id) {
    const auto a = plain_.type(id), b = found_.type(id);
    ASSERT_EQ(a.kind(), b.kind()) << id;
    ASSERT_EQ(a.name_offset(), b.name_offset()) << id;
    ASSERT_EQ(a.vlen(), b.vlen()) << id;
  }
}

}  // namespace
}  // namespace skep
