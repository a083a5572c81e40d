// The running kernel's types, read and printed, beside what bpftool and clang make of them.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "btf/names.hpp"
#include "btf/print.hpp"
#include "elf/elf.hpp"
#include "skep/btf.hpp"

namespace skep::btf {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kernel_types = "/sys/kernel/btf/vmlinux";

// A directory of its own, gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string pattern = fs::temp_directory_path() / "skep-btf-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Scratch() { fs::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string operator/(std::string_view name) const { return path_ / name; }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream(*this / name) << text;
  }

 private:
  fs::path path_;
};

// What a shell command prints, and whether it succeeded.
struct Output {
  std::string text;
  bool good = false;
};

Output run(const std::string& command) {
  Output out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  std::array<char, 1 << 16> buffer;
  while (const auto n = ::fread(buffer.data(), 1, buffer.size(), pipe)) {
    out.text.append(buffer.data(), n);
  }
  out.good = ::pclose(pipe) == 0;
  return out;
}

// The first of the names that PATH, or sbin, has; empty when there is none.
std::string find_program(std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    const auto found = run(std::string("PATH=$PATH:/usr/sbin:/sbin command -v ") + name);
    if (found.good) return found.text.substr(0, found.text.find('\n'));
  }
  return {};
}

std::string clang() {
  return find_program(
      {"clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14", "clang"});
}

// The compiled object, out.o, is in `scratch` then; text: what clang said.
Output compile(const Scratch& scratch, const std::string& source) {
  auto out = run(clang() + " -target bpf -g -O2 -Wall -Werror -c " + scratch / source + " -o " +
                 scratch / "out.o 2>&1");
  out.text.resize(std::min<std::size_t>(out.text.size(), 3000));
  return out;
}

Btf parse_bytes(const std::string& bytes) {
  const auto* start = reinterpret_cast<const std::byte*>(bytes.data());
  return Btf::parse({start, start + bytes.size()}).value();
}

Btf types_of_object(const std::string& path) {
  const auto file = read_file(path, 64 << 20).value();
  const auto bytes = elf::parse(file).value().find(".BTF")->data;
  return Btf::parse({bytes.begin(), bytes.end()}).value();
}

class KernelTypes : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kernel_types)) GTEST_SKIP() << "this kernel has no " << kernel_types;
    types = parse_bytes(read_text(kernel_types).value());
  }
  Btf types;
};

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::toupper(c); });
  return out;
}

std::string json_name(const Json& json) {
  const std::string name = json.value("name", "(anon)");
  return name == "(anon)" ? "" : name;
}

// What bpftool says of a type's parts, and what we do, as text to compare.
std::string parts_of(const Json& json) {
  std::string out;
  for (const auto& one : json.value("members", Json::array())) {
    out += fmt::format("{}:{}:{}:{} ", json_name(one), one["type_id"].get<TypeId>(),
                       one["bits_offset"].get<std::uint32_t>(), one.value("bitfield_size", 0U));
  }
  // Some bpftools print the values of an unsigned 32-bit enum as signed ones.
  const bool narrow = json["kind"] == "ENUM" && json["encoding"] == "UNSIGNED";
  for (const auto& one : json.value("values", Json::array())) {
    const auto& value = one["val"];
    const auto number = value.is_number_unsigned()
                            ? value.get<std::uint64_t>()
                            : static_cast<std::uint64_t>(value.get<std::int64_t>());
    out += fmt::format("{}={} ", json_name(one), narrow ? number & 0xffffffff : number);
  }
  for (const auto& one : json.value("params", Json::array())) {
    out += fmt::format("{}:{} ", json_name(one), one["type_id"].get<TypeId>());
  }
  for (const auto& one : json.value("vars", Json::array())) {
    out += fmt::format("{}+{}+{} ", one["type_id"].get<TypeId>(), one["offset"].get<TypeId>(),
                       one["size"].get<TypeId>());
  }
  return out;
}

std::string parts_of(const Type& type) {
  std::string out;
  for (const auto& one : type.members()) {
    out += fmt::format("{}:{}:{}:{} ", one.name, one.type, one.bit_offset, one.bit_size);
  }
  for (const auto& one : type.enumerators()) out += fmt::format("{}={} ", one.name, one.value);
  for (const auto& one : type.parameters()) out += fmt::format("{}:{} ", one.name, one.type);
  for (const auto& one : type.variables()) {
    out += fmt::format("{}+{}+{} ", one.type, one.offset, one.size);
  }
  return out;
}

void expect_equal(const Type& type, const Json& json) {
  const auto number = [&](const char* key) { return json.value(key, 0U); };
  ASSERT_EQ(upper(name_of(type.kind())), json["kind"].get<std::string>()) << type.id();
  ASSERT_EQ(type.name(), json_name(json)) << type.id();
  ASSERT_EQ(type.size(), number("size")) << type.id();
  ASSERT_EQ(type.target(), number(type.is(Kind::func_proto) ? "ret_type_id" : "type_id"));
  ASSERT_EQ(type.int_bits(), number("nr_bits"));
  ASSERT_EQ(type.array_count(), number("nr_elems"));
  ASSERT_EQ(type.array_index(), number("index_type_id"));
  if (type.is(Kind::int_)) {
    const std::string encoding = json["encoding"];
    ASSERT_EQ(type.is_signed(), encoding == "SIGNED") << type.id();
    ASSERT_EQ(type.is_bool(), encoding == "BOOL") << type.id();
  }
  if (type.is(Kind::fwd)) {
    ASSERT_EQ(type.kind_flag() ? "union" : "struct", json["fwd_kind"].get<std::string>());
  }
  ASSERT_EQ(type.component(), json.value("component_idx", -1)) << type.id();
  ASSERT_EQ(parts_of(type), parts_of(json)) << type.id();
}

TEST_F(KernelTypes, AreThoseThatBpftoolReads) {
  const auto bpftool = find_program({"bpftool"});
  if (bpftool.empty()) GTEST_SKIP() << "no bpftool";
  const auto out = run(bpftool + " -j btf dump file " + kernel_types);
  ASSERT_TRUE(out.good);
  const auto json = Json::parse(out.text)["types"];
  ASSERT_EQ(json.size(), types.end_id() - 1);
  ASSERT_GT(json.size(), 10000U);
  for (TypeId id = 1; id < types.end_id(); ++id) {
    ASSERT_EQ(json[id - 1]["id"].get<TypeId>(), id);
    ASSERT_NO_FATAL_FAILURE(expect_equal(types.type(id), json[id - 1]));
  }
}

TEST_F(KernelTypes, AreFoundByName) {
  const auto task = types.find("task_struct", Kind::struct_);
  ASSERT_TRUE(task);
  EXPECT_GT(task->size(), 1000U);
  const auto members = task->members();
  EXPECT_TRUE(std::ranges::any_of(members, [](const auto& m) { return m.name == "pid"; }));
  EXPECT_TRUE(types.find("bpf_prog_load", Kind::func) || types.find("__sys_bpf", Kind::func));
  EXPECT_FALSE(types.find("no such name", Kind::struct_));
}

TEST_F(KernelTypes, AllHaveTheSizeAndAlignmentOfTheirKind) {
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    EXPECT_FALSE(types.c_name(id).empty() && !type.name().empty()) << id;
    if (!type.is_composite()) continue;
    EXPECT_EQ(types.size_of(id).value(), type.size()) << id;
    EXPECT_EQ(type.size() % types.align_of(id).value(), 0U) << id;
  }
}

// Structs whose layout some bpftools get wrong: enums of other than 4 bytes, and va_list by value.
class Doubtful {
 public:
  explicit Doubtful(const Btf& types) : types_(types) {}

  bool operator()(TypeId id) {
    const auto type = types_.strip(id);
    if (type.is(Kind::array)) return (*this)(type.target());
    if (type.is_any_enum()) return type.size() != 4;
    if (!type.is_composite()) return false;
    if (type.name() == "__va_list_tag") return true;
    const auto [known, fresh] = known_.emplace(type.id(), false);
    if (!fresh) return known->second;
    const auto members = type.members();
    const bool any = std::ranges::any_of(members, std::ref(*this), &Member::type);
    return known_[type.id()] = any;
  }

 private:
  const Btf& types_;
  std::map<TypeId, bool> known_;
};

// Assertions of size, and of every member's offset that C can express, for each named struct that
// `wanted` takes.
template <typename Wanted>
std::string assertions(const Btf& types, Wanted wanted) {
  const Names names(types);
  std::string out;
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    if (!type.is_composite() || type.name().empty() || !wanted(type)) continue;
    const auto name = fmt::format("{} {}", name_of(type.kind()), names.of(type));
    out += fmt::format("_Static_assert(sizeof({}) == {}, \"\");\n", name, type.size());
    for (const auto& member : type.members()) {
      if (member.name.empty() || member.bit_size != 0) continue;
      out += fmt::format("_Static_assert(__builtin_offsetof({}, {}) == {}, \"\");\n", name,
                         member.name, member.bit_offset / 8);
    }
  }
  return out;
}

std::map<std::string_view, int> count_tags(const Btf& types) {
  std::map<std::string_view, int> tags;
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    if (type.is_composite() || type.is_any_enum() || type.is(Kind::fwd)) ++tags[type.name()];
  }
  return tags;
}

TEST_F(KernelTypes, PrintedHaveTheKernelsLayout) {
  ASSERT_FALSE(clang().empty());
  const Scratch scratch;
  const auto checks = assertions(types, [](const Type&) { return true; });
  ASSERT_GT(std::ranges::count(checks, '\n'), 10000);
  scratch.write("t.c", print_header(types).value() + checks);
  const auto out = compile(scratch, "t.c");
  EXPECT_TRUE(out.good) << out.text;
}

// A kfunc that is declared twice, by us and by an older source, is one.
TEST_F(KernelTypes, PrintedDeclareKernelFunctions) {
  if (!types.find("bpf_task_acquire", Kind::func)) GTEST_SKIP() << "a kernel without kfuncs";
  const Scratch scratch;
  scratch.write("vmlinux.h", print_header(types).value());
  scratch.write("t.c", R"(#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
SEC("tp_btf/task_newtask") int program(u64 *context) {
  struct task_struct *task = bpf_task_acquire((void *)context[0]);
  if (task) bpf_task_release(task);
  return 0;
}
)");
  const auto out = compile(scratch, "t.c");
  EXPECT_TRUE(out.good) << out.text;
}

// The reference passes the same assertions, and fails a wrong one.
TEST_F(KernelTypes, PrintedByBpftoolHaveTheSameLayout) {
  const auto bpftool = find_program({"bpftool"});
  if (bpftool.empty()) GTEST_SKIP() << "no bpftool";
  const Scratch scratch;
  const auto theirs = run(bpftool + " btf dump file " + kernel_types + " format c");
  ASSERT_TRUE(theirs.good);
  const auto tags = count_tags(types);
  Doubtful doubtful(types);
  const auto checks = assertions(
      types, [&](const Type& type) { return tags.at(type.name()) == 1 && !doubtful(type.id()); });
  ASSERT_GT(std::ranges::count(checks, '\n'), 10000);
  scratch.write("t.c", theirs.text + checks);
  const auto out = compile(scratch, "t.c");
  EXPECT_TRUE(out.good) << out.text;
  scratch.write("bad.c", theirs.text + "_Static_assert(sizeof(struct task_struct) == 1, \"\");\n");
  EXPECT_FALSE(compile(scratch, "bad.c").good);
}

// Compares a struct with what clang made of our declaration of it, bit fields and all.
class Comparison {
 public:
  Comparison(const Btf& original, const Btf& compiled) : original_(original), compiled_(compiled) {}

  [[nodiscard]] const std::string& differences() const { return differences_; }
  [[nodiscard]] std::size_t members() const { return members_; }

  void compare(const std::string& where, const Type& a, const Type& b) {
    if (a.size() != b.size()) differ(where, "size", a.size(), b.size());
    const auto left = named(original_, a), right = named(compiled_, b);
    if (left.size() != right.size()) {
      return differ(where, "number of members", left.size(), right.size());
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
      compare_members(where + "." + std::string(left[i].name), left[i], right[i]);
    }
  }

 private:
  // Without padding, ours and theirs.
  static std::vector<Member> named(const Btf& types, const Type& type) {
    auto members = type.members();
    std::erase_if(members, [&](const Member& member) {
      return member.name.starts_with("__padding_") || member.name == "__size" ||
             (member.name.empty() && !types.strip(member.type).is_composite());
    });
    return members;
  }

  void compare_members(const std::string& where, const Member& a, const Member& b) {
    ++members_;
    if (identifier(a.name) != b.name) differences_ += where + ": called otherwise\n";
    if (a.bit_offset != b.bit_offset) differ(where, "offset", a.bit_offset, b.bit_offset);
    if (a.bit_size != b.bit_size) differ(where, "bits", a.bit_size, b.bit_size);
    const auto size_a = original_.size_of(a.type), size_b = compiled_.size_of(b.type);
    if (size_a && size_b && *size_a != *size_b) differ(where, "size", *size_a, *size_b);
    const auto inner_a = element(original_, a.type), inner_b = element(compiled_, b.type);
    if (inner_a.kind() != inner_b.kind() && !inner_a.is_any_enum()) {
      differences_ += where + ": another kind\n";
    } else if (inner_a.is_composite() && inner_b.name().empty()) {
      compare(where, inner_a, inner_b);
    }
  }

  static Type element(const Btf& types, TypeId id) {
    auto type = types.strip(id);
    while (type.is(Kind::array)) type = types.strip(type.target());
    return type;
  }

  void differ(const std::string& where, std::string_view what, std::size_t a, std::size_t b) {
    differences_ += fmt::format("{}: {} {} became {}\n", where, what, a, b);
  }

  const Btf& original_;
  const Btf& compiled_;
  std::string differences_;
  std::size_t members_ = 0;
};

bool has_bit_fields(const Btf& types, const Type& type) {
  return std::ranges::any_of(type.members(), [&](const Member& member) {
    const auto inner = types.strip(member.type);
    return member.bit_size != 0 ||
           (inner.is_composite() && inner.name().empty() && has_bit_fields(types, inner));
  });
}

// Prints `types`, has clang compile them with a pointer to each struct, and compares what clang
// says of them. Returns how many members were compared. Of structs without bit fields, whose
// layout assertions can test, only each `step`th: clang's time grows with the square.
std::size_t round_trip(const Btf& types, std::size_t step) {
  const Scratch scratch;
  const Names names(types);
  std::string source = print_header(types).value();
  std::vector<Type> structs;
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const auto type = types.type(id);
    if (!type.is_composite() || type.name().empty()) continue;
    if (id % step != 0 && !has_bit_fields(types, type)) continue;
    structs.push_back(type);
    source += fmt::format("{} {} *keep_{};\n", name_of(type.kind()), names.of(type), id);
  }
  scratch.write("t.c", source);
  const auto out = compile(scratch, "t.c");
  EXPECT_TRUE(out.good) << out.text;
  if (!out.good) return 0;
  const Btf compiled = types_of_object(scratch / "out.o");
  std::map<std::string_view, TypeId> tags;
  for (TypeId id = 1; id < compiled.end_id(); ++id) {
    if (compiled.type(id).is_composite()) tags.emplace(compiled.type(id).name(), id);
  }
  Comparison comparison(types, compiled);
  for (const auto& type : structs) {
    const auto name = names.of(type);
    const auto found = tags.find(name);
    EXPECT_NE(found, tags.end()) << name;
    if (found != tags.end()) comparison.compare(name, type, compiled.type(found->second));
  }
  EXPECT_EQ(comparison.differences().substr(0, 3000), "");
  return comparison.members();
}

TEST_F(KernelTypes, SurviveTheWayThroughClang) {
  ASSERT_FALSE(clang().empty());
  EXPECT_GT(round_trip(types, 16), 10000U);
}

TEST(HardLayouts, SurviveTheWayThroughClang) {
  ASSERT_FALSE(clang().empty());
  const Btf types = types_of_object(SKEP_TEST_OBJECTS "/parse_layouts.bpf.o");
  EXPECT_GT(round_trip(types, 1), 100U);
}

}  // namespace
}  // namespace skep::btf
