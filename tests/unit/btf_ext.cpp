#include "btf/ext.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/file.hpp"
#include "elf/elf.hpp"
#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::HasSubstr;

// One part of .BTF.ext: the record size, then for each section its name, count and records.
struct Part {
  std::vector<std::uint32_t> words;
};

std::vector<std::byte> ext(const Part& functions, const Part& lines, const Part& core,
                           std::uint32_t header_length = 32) {
  std::vector<std::byte> out;
  append_bytes(out, std::uint16_t{0xeb9f});
  append_bytes(out, std::uint8_t{1});
  append_bytes(out, std::uint8_t{0});
  append_bytes(out, header_length);
  std::uint32_t at = 0;
  std::uint32_t written = 8;
  for (const auto* part : {&functions, &lines, &core}) {
    const auto length = static_cast<std::uint32_t>(part->words.size() * 4);
    if (written + 8 <= header_length) {
      append_bytes(out, at);
      append_bytes(out, length);
      written += 8;
    }
    at += length;
  }
  while (out.size() < header_length) out.push_back(std::byte{0});
  for (const auto* part : {&functions, &lines, &core}) {
    for (const auto word : part->words) append_bytes(out, word);
  }
  return out;
}

class BtfExt : public testing::Test {
 protected:
  BtfExt() {
    const auto i32 = b.add_int("int", 4);
    func = b.add_func("go", b.add_func_proto(i32));
    text = b.string("tp/x");
    access = b.string("0:1");
    types = b.btf();
  }

  std::string why(const std::vector<std::byte>& bytes) {
    const auto parsed = parse_ext(bytes, types);
    return parsed ? "accepted" : parsed.error().message();
  }

  BtfBuilder b;
  TypeId func = 0;
  std::uint32_t text = 0, access = 0;
  Btf types;
};

TEST_F(BtfExt, ReadsAllThreeParts) {
  const auto bytes = ext({{8, text, 1, 16, func}}, {{16, text, 1, 8, 0, access, 5 << 10 | 3}},
                         {{16, text, 2, 0, 1, access, 0, 24, 1, access, 8}});
  const auto parsed = parse_ext(bytes, types).value();
  ASSERT_EQ(parsed.functions.size(), 1U);
  EXPECT_EQ(parsed.functions[0].section, "tp/x");
  EXPECT_EQ(parsed.functions[0].records.at(0).instruction_offset, 16U);
  EXPECT_EQ(parsed.functions[0].records.at(0).type, func);
  EXPECT_EQ(parsed.lines.at(0).records.at(0).line_column >> 10, 5U);
  ASSERT_EQ(parsed.relocations.at(0).records.size(), 2U);
  EXPECT_EQ(types.string(parsed.relocations[0].records[1].access), "0:1");
  EXPECT_EQ(parsed.relocations[0].records[1].kind, CoreKind::type_exists);
}

// Written by clang before 9.
TEST_F(BtfExt, ReadsAHeaderWithoutCore) {
  const auto bytes = ext({{8, text, 1, 16, func}}, {}, {}, 24);
  const auto parsed = parse_ext(bytes, types).value();
  EXPECT_EQ(parsed.functions.size(), 1U);
  EXPECT_TRUE(parsed.relocations.empty());
}

TEST_F(BtfExt, StepsOverWhatRecordsAndHeadersAdd) {
  const auto bytes =
      ext({{12, text, 2, 0, func, 77, 8, func, 77, access, 1, 16, func, 77}}, {}, {}, 48);
  const auto parsed = parse_ext(bytes, types).value();
  ASSERT_EQ(parsed.functions.size(), 2U);
  EXPECT_EQ(parsed.functions[0].records.at(1).instruction_offset, 8U);
  EXPECT_EQ(parsed.functions[1].section, "0:1");
  EXPECT_EQ(parsed.functions[1].records.at(0).instruction_offset, 16U);
}

TEST_F(BtfExt, ChecksEveryClaim) {
  const Part none;
  EXPECT_EQ(why(ext(none, none, none)), "accepted");
  EXPECT_THAT(why({}), HasSubstr("no header"));
  auto bytes = ext(none, none, none);
  bytes[0] = std::byte{0};
  EXPECT_THAT(why(bytes), HasSubstr("starts with"));
  bytes = ext(none, none, none);
  bytes[4] = std::byte{33};
  EXPECT_THAT(why(bytes), HasSubstr("a header of 33 bytes in 32"));
  bytes[4] = std::byte{20};
  EXPECT_THAT(why(bytes), HasSubstr("a header of 20 bytes"));
  bytes = ext(none, none, none);
  bytes[12] = std::byte{1};
  EXPECT_THAT(why(bytes), HasSubstr("func_info: 1 bytes at 0, of 0"));
  EXPECT_THAT(why(ext({{4}}, none, none)), HasSubstr("records of 4 bytes, should be 8 or more"));
  EXPECT_THAT(why(ext(none, {{18}}, none)), HasSubstr("line_info: records of 18 bytes"));
  EXPECT_THAT(why(ext({{8, text}}, none, none)), HasSubstr("header is cut short"));
  EXPECT_THAT(why(ext({{8, text, 2, 0, func}}, none, none)),
              HasSubstr("section 'tp/x': 2 records of 8 bytes, 8 bytes are left"));
  EXPECT_THAT(why(ext({{8, text, ~0U, 0, func}}, none, none)), HasSubstr("4294967295 records"));
  EXPECT_THAT(why(ext({{0xfffffffc, text, ~0U, 0, func}}, none, none)), HasSubstr("records"));
  EXPECT_THAT(why(ext({{8, 9999, 1, 0, func}}, none, none)), HasSubstr("string offset 9999"));
  EXPECT_THAT(why(ext({{8, text, 1, 4, func}}, none, none)), HasSubstr("no instruction's"));
  EXPECT_THAT(why(ext({{8, text, 1, 0, 99}}, none, none)), HasSubstr("refers to type 99"));
  EXPECT_THAT(why(ext({{8, text, 1, 0, 1}}, none, none)), HasSubstr("is a int, not a func"));
  EXPECT_THAT(why(ext(none, {{16, text, 1, 0, 9999, 0, 0}}, none)), HasSubstr("offset 9999"));
  EXPECT_THAT(why(ext(none, {{16, text, 1, 0, 0, 9999, 0}}, none)), HasSubstr("offset 9999"));
  EXPECT_THAT(why(ext(none, none, {{16, text, 1, 0, 99, access, 0}})), HasSubstr("type 99"));
  EXPECT_THAT(why(ext(none, none, {{16, text, 1, 0, 1, 9999, 0}})),
              HasSubstr("core_relo: section 'tp/x', record 0: string offset 9999"));
}

TEST(BtfExtOfClang, IsReadWhole) {
  const auto file = read_file(SKEP_TEST_OBJECTS "/parse_sample.bpf.o", 1 << 24).value();
  const auto object = elf::parse(file).value();
  const auto types = object.find(".BTF")->data;
  const Btf btf = Btf::parse({types.begin(), types.end()}).value();
  const auto parsed = parse_ext(object.find(".BTF.ext")->data, btf).value();
  std::vector<std::string> functions;
  for (const auto& group : parsed.functions) {
    EXPECT_NE(object.find(group.section), nullptr) << group.section;
    for (const auto& record : group.records) functions.emplace_back(btf.type(record.type).name());
  }
  EXPECT_THAT(functions, testing::UnorderedElementsAre("put", "on_exec", "on_exit"));
  std::vector<std::string> paths;
  for (const auto& group : parsed.relocations) {
    for (const auto& record : group.records) {
      paths.push_back(btf.c_name(record.type) + " " + std::string(btf.string(record.access)));
    }
  }
  EXPECT_THAT(paths,
              testing::UnorderedElementsAre("struct task_struct 0:2", "struct task_struct 0:0",
                                            "struct task_struct 0:1"));
  bool found = false;
  for (const auto& group : parsed.lines) {
    for (const auto& record : group.records) {
      found = found || btf.string(record.line).find("seen += put(pid);") != std::string_view::npos;
      EXPECT_TRUE(btf.string(record.file_name).ends_with("parse_sample.bpf.c") ||
                  btf.string(record.file_name).ends_with(".h"));
    }
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace skep::btf
