// What we encode is what others read: the running kernel's own types come out byte by byte, and the
// kernel and bpftool take sets of types that we made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "btf/data.hpp"
#include "btf/encode.hpp"
#include "btf/sanitise.hpp"
#include "kernel/host.hpp"
#include "kernel/support.hpp"
#include "kernel/types_load.hpp"

namespace skep::btf {
namespace {

namespace fs = std::filesystem;

// Every kind; what the kernel asks of an object's BTF is kept (sections are sorted, linkages
// known).
std::vector<std::byte> all_kinds() {
  Encoder out;
  const auto number =
      out.add({.kind = Kind::int_, .name = "int", .size = 4, .is_signed = true, .int_bits = 32});
  const auto flags = out.add({.kind = Kind::struct_,
                              .name = "flags",
                              .kind_flag = true,
                              .size = 8,
                              .members = {{"a", number, 0, 3}, {"b", number, 32, 0}}});
  const auto pointer = out.add({.kind = Kind::ptr, .target = flags});
  out.add({.kind = Kind::union_,
           .name = "either",
           .size = 8,
           .members = {{"p", pointer, 0, 0}, {"n", number, 0, 0}}});
  out.add({.kind = Kind::enum_,
           .name = "colour",
           .kind_flag = true,
           .size = 4,
           .enumerators = {{"red", 0}, {"minus", ~std::uint64_t{0}}}});
  out.add({.kind = Kind::enum64,
           .name = "wide",
           .size = 8,
           .enumerators = {{"high", std::uint64_t{1} << 40}}});
  out.add({.kind = Kind::fwd, .name = "elsewhere"});
  out.add({.kind = Kind::typedef_, .name = "number", .target = number});
  for (const auto kind : {Kind::volatile_, Kind::const_, Kind::restrict_}) {
    out.add({.kind = kind, .target = kind == Kind::restrict_ ? pointer : number});
  }
  out.add({.kind = Kind::array, .target = number, .array_count = 3, .array_index = number});
  const auto prototype =
      out.add({.kind = Kind::func_proto, .target = number, .parameters = {{"first", number}}});
  out.add({.kind = Kind::func, .name = "go", .target = prototype, .linkage = Linkage::global});
  const auto variable =
      out.add({.kind = Kind::var, .name = "v", .target = number, .linkage = Linkage::global});
  out.add({.kind = Kind::datasec, .name = ".data", .size = 4, .variables = {{variable, 0, 4}}});
  out.add({.kind = Kind::float_, .name = "double", .size = 8});
  out.add({.kind = Kind::decl_tag, .name = "note", .target = flags, .component = 1});
  out.add({.kind = Kind::ptr,
           .target = out.add({.kind = Kind::type_tag, .name = "user", .target = number})});
  return out.build();
}

TEST(Encode, GivesBackTheKernelsTypesByteByByte) {
  const auto types = kernel::read_kernel_types(kernel::real_syscalls()).value();
  const auto& data = Access::data(types);
  Encoder encoder{Strings(data.strings)};
  for (TypeId id = 1; id < types.end_id(); ++id) encoder.add(definition_of(types.type(id)));
  ASSERT_GT(data.types.size(), 1U << 20);
  ASSERT_EQ(encoder.types().size(), data.types.size());
  EXPECT_TRUE(std::ranges::equal(encoder.types(), data.types));
  // And with it all the rest: header, order of the sections, strings as they were.
  EXPECT_TRUE(std::ranges::equal(encoder.build(), types.bytes()));
}

TEST(Encode, TheKernelTakesEveryKind) {
  const auto types = Btf::parse(all_kinds());
  ASSERT_TRUE(types) << types.error().message();
  const auto loaded = kernel::load_types(kernel::real_syscalls(), *types);
  ASSERT_TRUE(loaded) << test::text_of(loaded.error());
  EXPECT_EQ(loaded->note, "");
}

TEST(Encode, TheKernelTakesEveryProbeAndWhatIsSanitised) {
  auto& sys = kernel::real_syscalls();
  for (const auto feature : all_features) {
    const auto probe = Btf::parse(probe_of(feature)).value();
    const auto loaded = kernel::load_types(sys, probe);
    ASSERT_TRUE(loaded) << test::text_of(loaded.error());
    EXPECT_EQ(loaded->note, "");
    Features known;
    known.*feature = false;
    const auto without = Btf::parse(sanitise(Btf::parse(all_kinds()).value(), known)).value();
    const auto again = kernel::load_types(sys, without);
    ASSERT_TRUE(again) << names_of_missing(known) << ": " << test::text_of(again.error());
    EXPECT_EQ(again->note, "");
  }
}

TEST(Encode, BpftoolReadsEveryKind) {
  std::string pattern = fs::temp_directory_path() / "skep-encode-XXXXXX";
  const fs::path folder = ::mkdtemp(pattern.data());
  const auto bytes = all_kinds();
  std::ofstream(folder / "made.btf", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  FILE* pipe = ::popen(("bpftool btf dump file " + (folder / "made.btf").native()).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text;
  char part[4096];
  while (const auto n = std::fread(part, 1, sizeof(part), pipe)) text.append(part, n);
  EXPECT_EQ(::pclose(pipe), 0) << text;
  fs::remove_all(folder);
  for (const auto* line : {
           "INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED",
           "'a' type_id=1 bits_offset=0 bitfield_size=3",
           "ENUM 'colour' encoding=SIGNED size=4 vlen=2",
           "'minus' val=-1",
           "'high' val=1099511627776",
           "ARRAY '(anon)' type_id=1 index_type_id=1 nr_elems=3",
           "FUNC 'go' type_id=13 linkage=global",
           "DATASEC '.data' size=4 vlen=1",
           "FLOAT 'double' size=8",
           "DECL_TAG 'note' type_id=2 component_idx=1",
           "TYPE_TAG 'user' type_id=1",
       }) {
    EXPECT_THAT(text, testing::HasSubstr(line));
  }
}

}  // namespace
}  // namespace skep::btf
