// kernel/: an object's types on kernels that know less of BTF.
#include "kernel/types_load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "btf/sanitise.hpp"
#include "skep/object.hpp"
#include "unit/btf_builder.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep::test {
namespace {

using btf::Features;
using kernel::Command;
using testing::HasSubstr;

// A kernel that takes BTF with what it knows, and nothing else.
class OldKernel {
 public:
  explicit OldKernel(std::initializer_list<bool Features::*> unknown) {
    for (const auto feature : unknown) known_.*feature = false;
    sys.on_bpf = [this](Command command, void* given) -> std::optional<long> {
      if (command != Command::types_load) return std::nullopt;
      const auto& attributes = *static_cast<kernel::TypesLoadAttributes*>(given);
      const auto* start = reinterpret_cast<const std::byte*>(attributes.types);
      const auto types = Btf::parse({start, start + attributes.size});
      EXPECT_TRUE(types) << types.error().message();
      if (!types || !takes(*types)) return -EINVAL;
      taken.push_back(*types);
      return std::nullopt;
    };
  }

  FakeSyscalls sys;
  std::vector<Btf> taken;

 private:
  [[nodiscard]] bool takes(const Btf& types) const {
    const auto used = btf::features_used(types);
    return std::ranges::none_of(
        btf::all_features, [&](const auto feature) { return used.*feature && !(known_.*feature); });
  }
  Features known_;
};

BtfBuilder object_with_all() {
  BtfBuilder b;
  const auto number = b.add_int("int", 4, BtfBuilder::signed_);
  b.add_func("go", b.add_func_proto(number, {{"first", number}}));
  const auto variable = b.add_var("counter", number);
  b.add_datasec(".data", 4, {{variable, 0, 4}});
  b.add_datasec("?.struct_ops", 4, {{variable, 0, 4}});
  b.add_struct("holder", 8, {{"d", b.add_float("double", 8)}});
  b.add_decl_tag("note", variable);
  b.add_ptr(b.add_type_tag("user", number));
  b.add_enum64("wide", 8, {{"high", std::int64_t{1} << 40}});
  return b;
}

TEST(TypesLoad, AKernelThatKnowsAllIsAskedOnce) {
  OldKernel kernel({});
  const auto loaded = kernel::load_types(kernel.sys, object_with_all().btf());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->note, "");
  EXPECT_TRUE(loaded->has_functions);
  EXPECT_EQ(kernel.sys.calls.size(), 1U);
}

TEST(TypesLoad, WhateverItLacksTheTypesAreLoadedWithout) {
  const Btf types = object_with_all().btf();
  const auto before = open_descriptors();
  for (const auto feature : btf::all_features) {
    OldKernel kernel({feature});
    const auto loaded = kernel::load_types(kernel.sys, types);
    Features known;
    known.*feature = false;
    ASSERT_TRUE(loaded) << btf::names_of_missing(known) << loaded.error().message();
    EXPECT_THAT(loaded->note, HasSubstr(btf::names_of_missing(known)));
    EXPECT_EQ(loaded->has_functions, feature != &Features::functions);
    EXPECT_FALSE(btf::features_used(kernel.taken.back()).*feature);
    EXPECT_GE(kernel.taken.back().end_id(), types.end_id());
    EXPECT_EQ(open_descriptors(), before + 1) << "the probes are closed";
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(TypesLoad, TheOldestKernelOfAll) {
  const Btf types = object_with_all().btf();
  OldKernel kernel({&Features::functions, &Features::sections, &Features::global_functions,
                    &Features::floats, &Features::decl_tags, &Features::type_tags,
                    &Features::enum64, &Features::question_mark_sections});
  const auto loaded = kernel::load_types(kernel.sys, types);
  ASSERT_TRUE(loaded);
  Features nothing;
  for (const auto feature : btf::all_features) nothing.*feature = false;
  EXPECT_EQ(btf::features_used(kernel.taken.back()), nothing);
}

TEST(TypesLoad, OnlyWhatTheTypesUseIsAskedFor) {
  BtfBuilder b;
  b.add_struct("holder", 8, {{"d", b.add_float("double", 8)}});
  OldKernel kernel({&Features::floats, &Features::enum64});
  ASSERT_TRUE(kernel::load_types(kernel.sys, b.btf()));
  // The types, the probe of floats, the types without.
  EXPECT_EQ(kernel.sys.of(Command::types_load).size(), 3U);
}

TEST(TypesLoad, OtherRefusalsAreNotTakenForIgnorance) {
  for (const int code : {EPERM, ENOMEM, E2BIG}) {
    FakeSyscalls sys;
    sys.on_bpf = [code](Command command, void*) -> std::optional<long> {
      if (command != Command::types_load) return std::nullopt;
      return -code;
    };
    const auto loaded = kernel::load_types(sys, object_with_all().btf());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code(), code);
  }
}

TEST(TypesLoad, AnObjectIsLoadedAndItsNotesSayHow) {
  const auto load = [](FakeSyscalls& sys) {
    auto spec = ObjectSpec::open(SKEP_TEST_OBJECTS "/data_sections.bpf.o").value();
    return Object::load(std::move(spec), {.syscalls = &sys});
  };
  OldKernel kernel({&Features::sections});
  const auto object = load(kernel.sys);
  ASSERT_TRUE(object) << object.error().message();
  EXPECT_THAT(object->notes(), testing::Contains(HasSubstr("no DATASEC")));
  const auto programs = kernel.sys.of(Command::program_load);
  ASSERT_FALSE(programs.empty());
  EXPECT_NE(programs[0].as<kernel::ProgramLoadAttributes>().types_fd, 0U);

  OldKernel older({&Features::functions});
  const auto plain = load(older.sys);
  ASSERT_TRUE(plain);
  // Such a kernel takes no function info either, but maps may still have their types.
  const auto first = older.sys.of(Command::program_load)[0].as<kernel::ProgramLoadAttributes>();
  EXPECT_EQ(first.types_fd, 0U);
  EXPECT_EQ(first.function_info_count, 0U);
}

}  // namespace
}  // namespace skep::test
