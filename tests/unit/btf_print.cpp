#include "btf/print.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "unit/btf_builder.hpp"

namespace skep::btf {
namespace {

using test::BtfBuilder;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The header without what stands around the declarations.
std::string body(const Btf& types) {
  const std::string text = print_header(types).value();
  const std::string_view push = "apply_to = record)\n#endif\n\n";
  const std::string_view pop = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop";
  const auto start = text.find(push) + push.size(), end = text.find(pop);
  EXPECT_LE(start, end);
  return text.substr(start, end - start);
}

TEST(BtfPrint, WrapsAllInPreserveAccessIndex) {
  const std::string text = print_header(Btf()).value();
  EXPECT_THAT(text, StartsWith("#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n"));
  EXPECT_THAT(text, HasSubstr("#pragma clang attribute push "
                              "(__attribute__((preserve_access_index)), apply_to = record)\n"));
  EXPECT_THAT(text,
              EndsWith("#pragma clang attribute pop\n#endif\n\n#endif /* __VMLINUX_H__ */\n"));
}

TEST(BtfPrint, OrdersWhatIsNeededByValueFirst) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  b.add_struct("outer", 16, {{"in", 3, 0}, {"next", 4, 64}});  // 2
  b.add_struct("inner", 4, {{"x", i32}});                      // 3
  b.add_ptr(5);                                                // 4
  b.add_struct("other", 8, {{"back", 6}});                     // 5
  b.add_ptr(2);                                                // 6
  EXPECT_EQ(body(b.btf()),
            "struct inner {\n\tint x;\n};\n\n"
            "struct other;\n\n"
            "struct outer {\n\tstruct inner in;\n\tstruct other *next;\n};\n\n"
            "struct other {\n\tstruct outer *back;\n};\n\n");
}

TEST(BtfPrint, DoesNotDeclareAStructForItself) {
  BtfBuilder b;
  b.add_struct("list", 8, {{"next", 2}});
  b.add_ptr(1);
  EXPECT_EQ(body(b.btf()), "struct list {\n\tstruct list *next;\n};\n\n");
}

// Inside a parameter list a tag would be declared anew, for that list only.
TEST(BtfPrint, DeclaresTagsBeforePrototypes) {
  BtfBuilder b;
  const auto work = b.add_struct("work", 8, {{"run", 4}});
  const auto pointer = b.add_ptr(work);
  const auto proto = b.add_func_proto(0, {{"", pointer}});
  b.add_typedef("work_fn", 5);
  b.add_ptr(proto);
  EXPECT_EQ(body(b.btf()),
            "struct work;\n\ntypedef void (*work_fn)(struct work *);\n\n"
            "struct work {\n\twork_fn run;\n};\n\n");
}

TEST(BtfPrint, WritesDeclarators) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4), character = b.add_int("char", 1);
  const auto text = b.add_ptr(b.add_const(character));
  const auto proto = b.add_func_proto(i32, {{"s", text}, {"", 0}});
  const auto callback = b.add_ptr(proto);
  const auto maker = b.add_ptr(b.add_func_proto(callback, {{"", 0}}));
  b.add_struct("d", 128,
               {{"a", b.add_array(b.add_array(i32, 3), 2), 0},
                {"b", b.add_array(callback, 4), 192},
                {"c", b.add_const(b.add_ptr(b.add_ptr(b.add_volatile(i32)))), 448},
                {"d", b.add_ptr(b.add_array(i32, 5)), 512},
                {"e", maker, 576},
                {"f", b.add_ptr(b.add_restrict(b.add_ptr(0))), 640},
                {"g", b.add_const(b.add_array(b.add_const(i32), 2)), 704},
                {"h", b.add_ptr(b.add_type_tag("user", b.add_const(i32))), 768},
                {"i", b.add_ptr(b.add_volatile(proto)), 832},
                {"j", b.add_array(text, 0), 1024}});
  EXPECT_EQ(body(b.btf()),
            "struct d {\n"
            "\tint a[2][3];\n"
            "\tint (*b[4])(const char *s, ...);\n"
            "\tvolatile int **const c;\n"
            "\tint (*d)[5];\n"
            "\tint (*(*e)(void))(const char *s, ...);\n"
            "\tvoid *restrict *f;\n"
            "\tconst int g[2];\n"
            "\t__attribute__((btf_type_tag(\"user\"))) const int *h;\n"
            "\tint (*i)(const char *s, ...);\n"
            "\tlong: 64;\n"
            "\tlong: 64;\n"
            "\tconst char *j[0];\n"
            "};\n\n");
}

TEST(BtfPrint, PadsAndPacks) {
  BtfBuilder b;
  const auto u8 = b.add_int("unsigned char", 1), i32 = b.add_int("int", 4);
  const auto i64 = b.add_int("long int", 8);
  b.add_struct("plain", 16, {{"a", u8, 0}, {"b", i64, 64}});
  b.add_struct("moved", 16, {{"a", u8, 0}, {"b", i32, 64}});
  b.add_struct("packed", 5, {{"a", u8, 0}, {"b", i32, 8}});
  b.add_struct("large", 16, {{"a", i32, 0}});
  b.add_struct("no_members", 3, {});
  b.add_union("wide", 16, {{"a", i32, 0}});
  b.add_struct("huge", 1U << 31, {{"a", u8, 0}});
  EXPECT_EQ(body(b.btf()),
            "struct plain {\n\tunsigned char a;\n\tlong int b;\n};\n\n"
            "struct moved {\n\tunsigned char a;\n\tlong: 56;\n\tint b;\n\tint: 32;\n};\n\n"
            "struct packed {\n\tunsigned char a;\n\tint b;\n} __attribute__((packed));\n\n"
            "struct large {\n\tint a;\n\tint: 32;\n\tlong: 64;\n};\n\n"
            "struct no_members {\n\tint: 24;\n};\n\n"
            "union wide {\n\tint a;\n\tunsigned char __size[16];\n};\n\n"
            "struct huge {\n\tunsigned char a;\n\tunsigned char __padding_1[2147483647];\n};\n\n");
}

TEST(BtfPrint, PlacesBitFields) {
  BtfBuilder b;
  const auto u8 = b.add_int("unsigned char", 1), u32 = b.add_int("unsigned int", 4);
  b.add_struct("run", 8, {{"a", u32, 0, 3}, {"b", u32, 3, 29}, {"c", u32, 32, 1}});
  b.add_struct("gap", 4, {{"a", u32, 0, 3}, {"b", u32, 8, 4}});
  b.add_struct("next", 8, {{"a", u32, 0, 30}, {"b", u32, 32, 4}});    // does not fit the first unit
  b.add_struct("across", 5, {{"a", u32, 0, 30}, {"b", u32, 30, 4}});  // only packed
  b.add_struct("whole", 8, {{"a", u32, 0, 20}, {"b", u32, 20, 20}, {"c", u32, 40, 24}});
  b.add_struct("mixed", 4, {{"a", u8, 0, 3}, {"b", u8, 8}, {"c", u32, 16, 9}});
  EXPECT_EQ(
      body(b.btf()),
      "struct run {\n\tunsigned int a: 3;\n\tunsigned int b: 29;\n\tunsigned int c: 1;\n};\n\n"
      "struct gap {\n\tunsigned int a: 3;\n\tchar: 5;\n\tunsigned int b: 4;\n};\n\n"
      "struct next {\n\tunsigned int a: 30;\n\tunsigned int b: 4;\n};\n\n"
      "struct across {\n\tunsigned int a: 30;\n\tunsigned int b: 4;\n} "
      "__attribute__((packed));\n\n"
      "struct whole {\n\tunsigned int a: 20;\n\tunsigned int b: 20;\n\tunsigned int c: 24;\n} "
      "__attribute__((packed));\n\n"
      "struct mixed {\n\tunsigned char a: 3;\n\tunsigned char b;\n\tunsigned int c: 9;\n};\n\n");
}

TEST(BtfPrint, WritesAnonymousTypesInPlace) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  const auto inner = b.add_union("", 4, {{"a", i32}, {"b", i32}});
  const auto named = b.add_struct("named", 4, {{"z", i32}});
  const auto mode = b.add_enum("", 4, {{"off", 0}, {"on", 1}});
  b.add_struct("s", 16, {{"", inner, 0}, {"u", b.add_array(inner, 2), 32}, {"mode", mode, 96}});
  b.add_struct("t", 4, {{"", named, 0}});  // gcc -fms-extensions
  b.add_typedef("pair_t", b.add_struct("", 4, {{"x", i32}}));
  b.add_struct("u", 4, {{"", i32, 0}});  // a nameless scalar can only be padding
  EXPECT_EQ(body(b.btf()),
            "struct named {\n\tint z;\n};\n\n"
            "struct s {\n\tunion {\n\t\tint a;\n\t\tint b;\n\t};\n"
            "\tunion {\n\t\tint a;\n\t\tint b;\n\t} u[2];\n"
            "\tenum {\n\t\toff = 0,\n\t\ton = 1,\n\t} mode;\n};\n\n"
            "struct t {\n\tstruct {\n\t\tint z;\n\t};\n};\n\n"
            "typedef struct {\n\tint x;\n} pair_t;\n\n"
            "struct u {\n\tint: 32;\n};\n\n");
}

TEST(BtfPrint, WritesEnumsOfAllSizes) {
  BtfBuilder b;
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  b.add_enum("usual", 4, {{"u0", 0}, {"u1", 0xffffffff}});
  b.add_enum("negative", 4, {{"n0", -1}, {"n1", 1}}, true);
  b.add_enum("byte", 1, {{"b0", 1}});
  b.add_enum("half", 2, {{"h0", 1}});
  b.add_enum64("wide", 8, {{"w0", lowest}, {"w1", 1}, {"w2", -4294967296}}, true);
  b.add_enum64("word", 8, {{"x0", 1}});
  b.add_enum64("large", 8, {{"y0", -1}});
  b.add_enum("later", 4, {});
  EXPECT_EQ(body(b.btf()),
            "enum usual {\n\tu0 = 0,\n\tu1 = 4294967295,\n};\n\n"
            "enum negative {\n\tn0 = -1,\n\tn1 = 1,\n};\n\n"
            "enum byte {\n\tb0 = 1,\n} __attribute__((mode(byte)));\n\n"
            "enum half {\n\th0 = 1,\n} __attribute__((mode(HI)));\n\n"
            "enum wide {\n\tw0 = (-9223372036854775807LL - 1),\n\tw1 = 1,\n\tw2 = "
            "-4294967296LL,\n};\n\n"
            "enum word {\n\tx0 = 1,\n} __attribute__((mode(word)));\n\n"
            "enum large {\n\ty0 = 18446744073709551615ULL,\n};\n\n"
            "enum later;\n\n");
}

TEST(BtfPrint, TellsDuplicateNamesApart) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4), i64 = b.add_int("long int", 8);
  const auto first = b.add_struct("foo", 4, {{"a", i32}}),
             second = b.add_struct("foo", 8, {{"a", i64}});
  b.add_enum("foo", 4, {{"one", 1}});
  const auto same = b.add_fwd("foo"), other = b.add_fwd("bar"), again = b.add_fwd("bar", true);
  b.add_typedef("num", i32);
  b.add_typedef("num", i64);
  b.add_enum("", 4, {{"one", 1}, {"num", 2}});
  b.add_struct(
      "uses", 24,
      {{"p", b.add_ptr(same), 0}, {"q", b.add_ptr(other), 64}, {"r", b.add_ptr(again), 128}});
  b.add_struct("foo___2", 12, {{"a", first, 0}, {"b", second, 32}});
  EXPECT_EQ(
      body(b.btf()),
      "struct foo {\n\tint a;\n};\n\n"
      "struct foo___2 {\n\tlong int a;\n};\n\n"
      "enum foo___3 {\n\tone = 1,\n};\n\n"
      "typedef int num;\n\n"
      "typedef long int num___2;\n\n"
      "struct foo;\n\n"
      "struct bar;\n\n"
      "union bar___2;\n\n"
      "struct uses {\n\tstruct foo *p;\n\tstruct bar *q;\n\tunion bar___2 *r;\n};\n\n"
      "struct foo___2___2 {\n\tstruct foo a;\n\tstruct foo___2 b;\n} __attribute__((packed));\n\n"
      "enum {\n\tone___2 = 1,\n\tnum___3 = 2,\n};\n\n");
}

TEST(BtfPrint, SuppliesMissingBaseTypes) {
  BtfBuilder b;
  const auto size = b.add_int("ssizetype", 8, BtfBuilder::signed_);
  const auto poly = b.add_int("__Poly128_t", 16), odd = b.add_int("int24", 3);
  const auto extended = b.add_float("long double", 16), single = b.add_float("f32", 4);
  const auto huge = b.add_int("__int128 unsigned", 16);
  b.add_struct("s", 80,
               {{"a", size, 0},
                {"b", poly, 128},
                {"c", extended, 256},
                {"d", huge, 384},
                {"e", single, 512},
                {"f", odd, 544}});
  EXPECT_EQ(
      body(b.btf()),
      "typedef signed long ssizetype;\n\n"
      "typedef unsigned __int128 __Poly128_t;\n\n"
      "typedef unsigned __int128 long_double;\n\n"
      "typedef float f32;\n\n"
      "typedef unsigned char int24[3];\n\n"
      "struct s {\n\tssizetype a;\n\t__Poly128_t b;\n\tlong_double c;\n\t__int128 unsigned d;\n"
      "\tf32 e;\n\tint24 f;\n};\n\n");
}

TEST(BtfPrint, KnowsTheCompilersOwnNames) {
  BtfBuilder b;
  const auto boolean = b.add_int("_Bool", 1, BtfBuilder::bool_);
  b.add_typedef("bool", boolean);
  b.add_enum("", 4, {{"false", 0}, {"true", 1}});
  const auto list = b.add_struct("__va_list_tag", 4, {{"x", b.add_int("int", 4)}});
  const auto builtin = b.add_typedef("__builtin_va_list", b.add_array(list, 1));
  const auto usual = b.add_typedef("va_list", builtin);
  b.add_struct("holds", 16, {{"value", usual, 0}, {"pointer", b.add_ptr(usual), 64}});
  b.add_typedef("__gnuc_va_list", 0);
  const auto text = body(b.btf());
  EXPECT_THAT(text, HasSubstr("#if __STDC_VERSION__ < 202311L\ntypedef _Bool bool;\n#endif\n"));
  EXPECT_THAT(text,
              HasSubstr("#if __STDC_VERSION__ < 202311L\nenum {\n\tfalse = 0,\n\ttrue = 1,\n};\n"));
  EXPECT_THAT(text, HasSubstr("typedef __builtin_va_list va_list;\n"));
  EXPECT_THAT(text, HasSubstr("typedef __builtin_va_list __gnuc_va_list;\n"));
  EXPECT_THAT(text, Not(HasSubstr("__builtin_va_list;\n")));
  EXPECT_THAT(text, HasSubstr("\tstruct __va_list_tag value[1];\n\tva_list *pointer;\n"));
}

// Names of other languages, and of attackers.
TEST(BtfPrint, WritesOnlyIdentifiers) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  b.add_struct(
      "Option<T>; int evil", 12,
      {{"default", i32, 0}, {"0", i32, 32}, {"ok", b.add_type_tag("x\"))) evil", i32), 64}});
  EXPECT_EQ(body(b.btf()),
            "struct Option_T___int_evil {\n\tint default_;\n\tint _0;\n\tint ok;\n};\n\n");
}

TEST(BtfPrint, GivesUpOnlyOnWhatOverlaps) {
  BtfBuilder b;
  const auto i32 = b.add_int("int", 4);
  b.add_struct("over", 8, {{"a", i32, 0}, {"b", i32, 16}});
  b.add_struct("good", 4, {{"a", i32, 0}});
  EXPECT_EQ(body(b.btf()),
            "struct over {\n\tunsigned char bytes[8]; /* its members overlap */\n};\n\n"
            "struct good {\n\tint a;\n};\n\n");
}

TEST(BtfPrint, DeclaresTheKernelsFunctionsForPrograms) {
  BtfBuilder b;
  const auto task = b.add_struct("task", 4, {{"pid", b.add_int("int", 4)}});
  const auto proto = b.add_func_proto(b.add_ptr(task), {{"p", b.add_ptr(task)}});
  const auto get = b.add_func("get_task", proto);
  const auto none = b.add_func("rcu", b.add_func_proto(0, {}));
  b.add_func("internal", proto);
  b.add_decl_tag("bpf_kfunc", get);
  b.add_decl_tag("bpf_kfunc", none);
  b.add_decl_tag("bpf_fastcall", none);
  b.add_decl_tag("note", task);
  const auto text = body(b.btf());
  EXPECT_THAT(text,
              StartsWith("struct task {\n\tint pid;\n};\n\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n"));
  EXPECT_THAT(text, EndsWith("extern struct task *get_task(struct task *p) __weak __ksym;\n"
                             "extern void rcu(void) __weak __ksym __bpf_fastcall;\n\n"
                             "#endif /* BPF_NO_KFUNC_PROTOTYPES */\n\n"));
}

TEST(BtfPrint, PrintsOneType) {
  BtfBuilder b;
  const auto u32 = b.add_int("unsigned int", 4);
  const auto name = b.add_typedef("__u32", u32);
  const auto event = b.add_struct("event", 8, {{"pid", name, 0}, {"uid", name, 32}});
  const auto kind = b.add_enum("kind", 4, {{"a", 1}});
  const auto func = b.add_func("go", b.add_func_proto(name, {{"e", b.add_ptr(event)}}));
  const auto var = b.add_var("last", event);
  const Btf types = b.btf();
  EXPECT_EQ(print_type(types, event).value(), "struct event {\n\t__u32 pid;\n\t__u32 uid;\n}");
  EXPECT_EQ(print_type(types, name).value(), "typedef unsigned int __u32");
  EXPECT_EQ(print_type(types, kind).value(), "enum kind {\n\ta = 1,\n}");
  EXPECT_EQ(print_type(types, func).value(), "__u32 go(struct event *e)");
  EXPECT_EQ(print_type(types, var).value(), "struct event last");
  EXPECT_EQ(print_type(types, 0).value(), "void");
  EXPECT_FALSE(print_type(types, 999));
}

}  // namespace
}  // namespace skep::btf
