// The part of a set of types that an object needs serves it as the whole set does: instruction by
// instruction, and where the whole set leads to an error, so does the part. Over every object of
// tests/objects, against the running kernel's types and those of tests/objects/targets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <set>

#include "base/file.hpp"
#include "btf/minimise.hpp"
#include "kernel/host.hpp"
#include "kernel/support.hpp"
#include "object/link.hpp"
#include "object/needs.hpp"

namespace skep {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder, std::string_view suffix) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().native().ends_with(suffix)) files.insert(entry.path());
  }
  return {files.begin(), files.end()};
}

bool same(const std::vector<Insn>& a, const std::vector<Insn>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Insn)) == 0;
}

struct Counts {
  std::size_t programs = 0, refused = 0, relocations = 0;
};

// `what` names the object and the target, for messages.
void compare(const ObjectSpec& spec, const Btf& whole, const Btf& part, const std::string& what,
             Counts& counts) {
  const object::Target all{.types = whole}, some{.types = part};
  for (std::size_t i = 0; i < spec.programs.size(); ++i) {
    const auto wanted = object::link_program(spec, i, all);
    const auto got = object::link_program(spec, i, some);
    ASSERT_EQ(wanted.has_value(), got.has_value())
        << what << ": " << (wanted ? got : wanted).error().message();
    ++counts.programs;
    if (!wanted) {
      ++counts.refused;
      continue;
    }
    EXPECT_TRUE(same(wanted->instructions, got->instructions)) << what;
    EXPECT_EQ(wanted->attach_btf_id, got->attach_btf_id) << what;
    ASSERT_EQ(wanted->core.size(), got->core.size()) << what;
    for (std::size_t j = 0; j < wanted->core.size(); ++j) {
      EXPECT_EQ(wanted->core[j].value, got->core[j].value)
          << what << " " << wanted->core[j].local.text();
      ++counts.relocations;
    }
  }
}

std::vector<std::pair<std::string, ObjectSpec>> all_objects() {
  std::vector<std::pair<std::string, ObjectSpec>> out;
  for (const auto& file : files_in(SKEP_TEST_OBJECTS, ".bpf.o")) {
    auto spec = ObjectSpec::open(file);
    if (spec) out.emplace_back(file.filename().native(), *std::move(spec));
  }
  return out;
}

Counts compare_all(const Btf& whole, const std::string& target) {
  Counts counts;
  for (const auto& [name, spec] : all_objects()) {
    btf::Selection selection(whole);
    const auto selected = object::select_needs(spec, selection);
    if (!selected) {
      // What is too malformed to select for cannot be linked either.
      for (std::size_t i = 0; i < spec.programs.size(); ++i) {
        EXPECT_FALSE(object::link_program(spec, i, {.types = whole})) << name;
      }
      continue;
    }
    const auto part = Btf::parse(selection.build());
    if (!part) ADD_FAILURE() << name << ": " << part.error().message();
    if (part) compare(spec, whole, *part, name + " against " + target, counts);
  }
  return counts;
}

TEST(Minimise, ServesEachObjectAsTheKernelsTypesDo) {
  const auto whole = kernel::read_kernel_types(kernel::real_syscalls()).value();
  const auto counts = compare_all(whole, "the running kernel");
  EXPECT_GT(counts.programs, 100U);
  EXPECT_GT(counts.relocations, 20U);
}

TEST(Minimise, ServesEachObjectAsOtherLayoutsDo) {
  Counts sum;
  for (const std::string target : {"same", "moved", "resized", "absent", "empty", "twins"}) {
    const auto file = fs::path(SKEP_TEST_TARGETS) / (target + ".btf");
    const auto whole = Btf::parse(read_file(file, 1 << 20).value()).value();
    const auto counts = compare_all(whole, target);
    sum.relocations += counts.relocations;
    sum.refused += counts.refused;
  }
  EXPECT_GT(sum.relocations, 300U);
  EXPECT_GT(sum.refused, 5U);  // twins, for one, are ambiguous
}

TEST(Minimise, OneSetServesAllObjectsTogether) {
  const auto whole = kernel::read_kernel_types(kernel::real_syscalls()).value();
  btf::Selection selection(whole);
  const auto objects = all_objects();
  for (const auto& [name, spec] : objects) {
    const auto selected = object::select_needs(spec, selection);
    EXPECT_TRUE(selected) << name;
  }
  const auto part = Btf::parse(selection.build());
  ASSERT_TRUE(part) << part.error().message();
  Counts counts;
  for (const auto& [name, spec] : objects) compare(spec, whole, *part, name, counts);
  EXPECT_GT(counts.programs, 100U);
}

// Without a BTF hook and bpf_core_type_id_kernel nothing is kept but what is used.
TEST(Minimise, IsSmall) {
  const auto whole = kernel::read_kernel_types(kernel::real_syscalls()).value();
  btf::Selection selection(whole);
  ASSERT_TRUE(object::select_needs(test::spec_of("core_kernel"), selection));
  EXPECT_FALSE(selection.keeps_ids());
  EXPECT_LT(selection.build().size(), 4096U);
}

}  // namespace
}  // namespace skep
