// Objects that lie: every one gives an error or a program, never a crash, a hang or much memory.
#include <elf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstring>
#include <random>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "elf/elf.hpp"
#include "object/link.hpp"

namespace skep::object {
namespace {

using Image = std::vector<std::byte>;

Image read_object(std::string_view name) {
  return read_file(fmt::format("{}/{}.bpf.o", SKEP_TEST_OBJECTS, name), 1 << 24).value();
}

// A target that has what the objects ask for: their own types.
Target target_of(const Image& image) {
  return Target{.types = ObjectSpec::parse(image, "target").value().types,
                .kconfig = {{"a file", "CONFIG_HZ=250\n"}},
                .symbols = {{"schedule", 0xffffffff81000040}},
                .version = 6 << 16};
}

// Opens and links all of it. Whatever fails must say why.
bool survives(const Image& image, const Target& target) {
  const auto check = [](const Error& error) {
    EXPECT_FALSE(error.message().empty());
    EXPECT_LT(error.message().size(), 20000U);
    return false;
  };
  const auto spec = ObjectSpec::parse(image, "hostile");
  if (!spec) return check(spec.error());
  for (const auto& variable : spec->variables) (void)spec->bytes_of(variable);
  auto linker = Linker::create(*spec, target);
  if (!linker) return check(linker.error());
  const auto values = linker->kconfig();
  bool all = values ? true : check(values.error());
  for (std::size_t i = 0; i < spec->programs.size(); ++i) {
    const auto linked = linker->link(i);
    all = linked ? all : check(linked.error());
  }
  return all;
}

// Kilobytes that the process has used at most so far.
long peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void expect_little_memory(long before) {
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
  EXPECT_LT(peak_memory() - before, 8 * 1024);
#else
  (void)before;
#endif
}

class ObjectHostile : public testing::TestWithParam<const char*> {
 protected:
  ObjectHostile() : image_(read_object(GetParam())), target_(target_of(image_)) {}

  Image image_;
  Target target_;
  long before_ = peak_memory();
};

INSTANTIATE_TEST_SUITE_P(All, ObjectHostile,
                         testing::Values("link_basic", "link_core", "extern_mixed"),
                         [](const auto& object) { return std::string(object.param); });

TEST_P(ObjectHostile, IsSoundItself) { EXPECT_TRUE(survives(image_, target_)); }

TEST_P(ObjectHostile, MayEndAnywhere) {
  for (std::size_t size = 0; size < image_.size(); ++size) {
    EXPECT_FALSE(survives(Image(image_.begin(), image_.begin() + static_cast<long>(size)), target_))
        << size;
  }
  expect_little_memory(before_);
}

// Each section may claim to be shorter than it is.
TEST_P(ObjectHostile, MayHaveSectionsThatEndAnywhere) {
  const auto file = elf::parse(image_).value();
  const auto headers = read_at<Elf64_Ehdr>(image_, 0)->e_shoff;
  for (const auto& section : file.sections) {
    if (section.index == 0 || section.name == ".strtab") continue;
    const auto at = headers + section.index * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_size);
    for (std::uint64_t size = 0; size < section.size; ++size) {
      auto image = image_;
      std::memcpy(image.data() + at, &size, sizeof size);
      survives(image, target_);
    }
  }
  expect_little_memory(before_);
}

TEST_P(ObjectHostile, MayHaveAnyBitsFlipped) {
  std::mt19937 random(20240229);
  for (int round = 0; round < 2000; ++round) {
    auto image = image_;
    for (auto flips = 1 + random() % 6; flips > 0; --flips) {
      image[random() % image.size()] ^= std::byte{1} << random() % 8;
    }
    survives(image, target_);
  }
  expect_little_memory(before_);
}

// Numbers at their limits, in every place where one may stand.
TEST_P(ObjectHostile, MayClaimAnything) {
  for (const std::uint32_t claim : {0U, 0x7fffffffU, 0xffffffffU}) {
    for (std::size_t at = 0; at + sizeof claim <= image_.size(); at += sizeof claim) {
      auto image = image_;
      std::memcpy(image.data() + at, &claim, sizeof claim);
      survives(image, target_);
    }
  }
  expect_little_memory(before_);
}

// The same, with the target's types broken instead.
TEST_P(ObjectHostile, MayMeetAnyTarget) {
  const auto spec = ObjectSpec::parse(image_, "good").value();
  const auto bytes = spec.types.bytes();
  std::mt19937 random(20240301);
  int parsed = 0;
  for (int round = 0; round < 2000; ++round) {
    Image types(bytes.begin(), bytes.end());
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      types[24 + random() % (types.size() - 24)] ^= std::byte{1} << random() % 8;
    }
    auto target = Btf::parse(std::move(types));
    if (!target) continue;
    ++parsed;
    survives(image_, Target{*std::move(target)});
  }
  EXPECT_GT(parsed, 200);
  expect_little_memory(before_);
}

}  // namespace
}  // namespace skep::object
