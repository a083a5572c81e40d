// Programs that hang on other programs: what is asked of the kernel, and what it is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "skep/object.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep {
namespace {

using kernel::Command;
using testing::HasSubstr;

ObjectSpec spec() { return ObjectSpec::open(SKEP_TEST_OBJECTS "/prog_replace.bpf.o").value(); }

// A kernel that holds a program (descriptor 100) with the BTF of the object itself.
class Kernel {
 public:
  Kernel() : types_(spec().types) {
    sys.on_bpf = [this](Command command, void* given) { return answer(command, given); };
  }
  Result<Object> load(ProgramTargets targets, ObjectSpec from = spec()) {
    return Object::load(std::move(from),
                        {.kernel_types = Btf(), .targets = std::move(targets), .syscalls = &sys});
  }
  [[nodiscard]] btf::TypeId id_of(std::string_view function) const {
    return types_.find(function, btf::Kind::func)->id();
  }
  // What was said of the n-th program that was loaded.
  [[nodiscard]] kernel::ProgramLoadAttributes sent(std::size_t n) const {
    return sys.of(Command::program_load).at(n).as<kernel::ProgramLoadAttributes>();
  }
  test::FakeSyscalls sys;
  bool has_types = true;

 private:
  std::optional<long> answer(Command command, void* given) {
    if (command != Command::info_by_fd) return std::nullopt;
    const auto& asked = *static_cast<const kernel::InfoAttributes*>(given);
    if (asked.fd == 100) {
      kernel::ProgramInfoRecord program;
      program.types_id = has_types ? 5 : 0;
      std::memcpy(reinterpret_cast<void*>(asked.info), &program, sizeof program);
      return 0;
    }
    auto& record = *reinterpret_cast<kernel::TypesInfoRecord*>(asked.info);
    const auto bytes = types_.bytes();
    const auto size = std::min<std::size_t>(record.size, bytes.size());
    if (record.types != 0) std::memcpy(reinterpret_cast<void*>(record.types), bytes.data(), size);
    record.size = static_cast<std::uint32_t>(bytes.size());
    return 0;
  }
  Btf types_;
};

ProgramTargets all(int program = 100) {
  return {{"replace", {.program = program, .function = ""}},
          {"look", {.program = program, .function = "other_function"}},
          {"look_back", {.program = program, .function = ""}}};
}

TEST(ProgramTarget, IsFoundInTheTypesOfTheOtherProgram) {
  Kernel kernel;
  const auto before = test::open_descriptors();
  {
    const auto object = kernel.load(all());
    ASSERT_TRUE(object) << object.error().message();
    ASSERT_EQ(object->programs().size(), 4U);
  }
  EXPECT_EQ(test::open_descriptors(), before);
  EXPECT_EQ(kernel.sent(0).type, 28U);  // BPF_PROG_TYPE_EXT
  EXPECT_EQ(kernel.sent(0).attach_object_fd, 100U);
  EXPECT_EQ(kernel.sent(0).attach_type_id, kernel.id_of("first_function"));
  EXPECT_EQ(kernel.sent(1).attach_object_fd, 100U);
  EXPECT_EQ(kernel.sent(1).attach_type_id, kernel.id_of("other_function"));
  EXPECT_EQ(kernel.sent(2).attach_type_id, kernel.id_of("other_function"));
  EXPECT_EQ(kernel.sent(3).attach_object_fd, 0U);
  EXPECT_EQ(kernel.sent(3).attach_type_id, 0U);
}

TEST(ProgramTarget, WithoutOneAReplacementIsRefusedBeforeTheKernelIsAsked) {
  Kernel kernel;
  auto targets = all();
  targets.erase("replace");
  const auto object = kernel.load(std::move(targets));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(object.error().message(), HasSubstr("'replace' replaces a function"));
  EXPECT_THAT(object.error().hints(), testing::Contains(HasSubstr("LoadOptions::targets")));
  EXPECT_TRUE(kernel.sys.bpf_calls.empty());
}

TEST(ProgramTarget, EachMistakeIsNamed) {
  Kernel kernel;
  const auto why = [&](ProgramTargets targets) {
    const auto object = kernel.load(std::move(targets));
    return object ? "loaded" : object.error().message();
  };
  auto targets = all();
  targets["replace"].function = "frist_function";
  EXPECT_THAT(why(targets), HasSubstr("no function 'frist_function'"));
  EXPECT_THAT(why(all(-1)), HasSubstr("is no descriptor"));
  targets = all();
  targets["nobody"] = {.program = 100, .function = "first_function"};
  EXPECT_THAT(why(targets), HasSubstr("'nobody', which is not there"));
  targets = all();
  targets["plain"] = {.program = 100, .function = "first_function"};
  EXPECT_THAT(why(targets), HasSubstr("of type raw_tracepoint"));
  kernel.has_types = false;
  EXPECT_THAT(why(all()), HasSubstr("without BTF"));
}

TEST(ProgramTarget, AnyFailureLeavesNothingBehind) {
  const auto before = test::open_descriptors();
  std::size_t calls = 0, failures = 0;
  for (std::size_t n = 0; n <= calls; ++n) {
    Kernel kernel;
    kernel.sys.fail_call = n;
    if (!kernel.load(all())) ++failures;
    EXPECT_EQ(test::open_descriptors(), before) << "call " << n;
    calls = kernel.sys.calls.size();
  }
  EXPECT_GT(failures, 10U);
}

}  // namespace
}  // namespace skep
