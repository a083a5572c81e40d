// `--where`: each kind of comparison, each kind of column, each error.
#include "unit/record_where.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <memory>

#include "record/kind.hpp"

namespace skep::test {
namespace {

// One of each.
class WhereTest : public testing::Test {
 protected:
  WhereTest() {
    Types t;
    const auto colour = t.b.add_enum("colour", 4, {{"red", 0}, {"green", 7}});
    const auto point = t.b.add_struct("point", 8, {{"x", t.i32, 0}, {"y", t.u32, 32}});
    schema = t.schema(186, {
                               {"u8", t.u8, 0},
                               {"i8", t.i8, 8},
                               {"u16", t.u16, 16},
                               {"u32", t.u32, 32},
                               {"i32", t.i32, 64},
                               {"colour", colour, 96},
                               {"u64", t.u64, 128},
                               {"i64", t.i64, 192},
                               {"f32", t.f32, 256},
                               {"on", t.boolean, 288},
                               {"letter", t.letter, 296},
                               {"f64", t.f64, 320},
                               {"comm", t.array(t.letter, 16), 384},
                               {"path", t.text, 512},
                               {"args", t.words, 576},
                               {"err", t.error, 640},
                               {"sig", t.signal, 672},
                               {"ret", t.result, 704},
                               {"took", t.duration, 768},
                               {"flags", t.flags, 832},
                               {"v4", t.array(t.u8, 4), 864},
                               {"v6", t.array(t.u8, 16), 896},
                               {"at", point, 1024},
                               {"slots", t.array(t.u32, 3), 1088},
                               {"wide", t.u128, 1184},
                               {"corners", t.array(point, 2), 1312},
                               {"mac", t.array(t.u8, 6), 1440},
                           });
    bytes = std::make_unique<RecordBytes>(186);
    bytes->set<std::uint8_t>(0, 200).set<std::int8_t>(1, -3).set<std::uint16_t>(2, 443);
    bytes->set<std::uint32_t>(4, ::htonl(0x0a010203)).set<std::int32_t>(8, -2);
    bytes->set<std::uint32_t>(12, 7).set<std::uint64_t>(16, UINT64_MAX);
    bytes->set<std::int64_t>(24, INT64_MIN).set<float>(32, 0.5F).set<bool>(36, true);
    bytes->set<char>(37, 'x').set<double>(40, -1e300).text(48, "nginx");
    bytes->set<std::int32_t>(80, -2).set<std::int32_t>(84, 9).set<std::int64_t>(88, 4096);
    bytes->set<std::uint64_t>(96, 10'000'000).set<std::uint32_t>(104, 02000101);
    bytes->set<std::uint32_t>(108, ::htonl(0xc0a80001));
    in6_addr address{};
    ::inet_pton(AF_INET6, "fe80::1:2", &address);
    bytes->set(112, address).set<std::int32_t>(128, -5).set<std::uint32_t>(132, 6);
    bytes->set<std::uint32_t>(140, 11).set<std::int32_t>(172, 77);
    bytes->set<std::uint32_t>(180, 0xffeeddcc);
    bytes->span(64, "/etc/passwd", 11).span(72, std::string_view("ls\0-l\0/tmp\0", 11), 11);
  }
  bool yes(std::string_view text) const { return passes(schema, text, *bytes); }

  record::Schema schema;
  std::unique_ptr<RecordBytes> bytes;
};

TEST_F(WhereTest, WhatHolds) {
  for (const char* text : {
           "u8 == 200",
           "u8 > 199 && u8 >= 200 && u8 < 201 && u8 <= 200 && u8 != 0",
           "u8 == 0xc8",
           "u8 == 0310",
           "u8 == 0o310",
           "u8 == 0b11001000",
           "u8 > -1",
           "u8 < 100000",
           "i8 == -3",
           "i8 < 0",
           "i8 > -4",
           "i8 in -5..-1",
           "i8 in (1, -9..-3)",
           "u16 == 443",
           "u16 & 1",
           "!(u16 & 4)",
           "u16",
           "on",
           "on == true",
           "on != false",
           "u64 == 0xffffffffffffffff",
           "u64 > 1",
           "u64 > -1",
           "u64 >= 18446744073709551615",
           "i64 < 0",
           "i64 < -9223372036854775807",
           "i64 <= -9223372036854775808",
           "i64 < 1e3",
           "f32 == 0.5",
           "f32 < 1",
           "f32 in 0.25..0.75",
           "f64 < -1.5e+299",
           "f64 != 0",
           "f32",
           "letter == 'x'",
           "letter == 120",
           "comm",
           "comm == \"nginx\"",
           "comm ~ 'ngi*'",
           "comm ~ \"n?in[x-z]\"",
           "comm !~ \"a*\"",
           "comm in ('a', 'nginx')",
           "comm != ''",
           "path ~ \"/etc/*\"",
           "path == '/etc/passwd'",
           "args == '-l'",
           "args ~ '/t*'",
           "args != 'cat'",
           "args in ('x','ls')",
           "colour == green",
           "colour != red",
           "colour in (red, green)",
           "colour == 7",
           "colour > red",
           "colour == 'green'",
           "i32 == -ENOENT",
           "err == ENOENT",
           "err == -ENOENT",
           "err == -2",
           "err in (EPERM,ENOENT)",
           "err < 0",
           "ret == 4k",
           "ret >= 1k && ret < 1M",
           "sig == SIGKILL",
           "sig == 9",
           "sig == 'SIGKILL'",
           "took == 10ms",
           "took > 9.5ms && took < 1s",
           "took in 1us..1m",
           "flags & O_CREAT",
           "flags & O_CLOEXEC",
           "!(flags & O_TRUNC)",
           "flags & 0100",
           "u32 == 10.1.2.3",
           "u32 in 10.0.0.0/8",
           "u32 in (192.168.0.0/16, 10.1.2.0/24)",
           "u32 != 10.1.2.4",
           "!(u32 in 11.0.0.0/8)",
           "u32 in 0.0.0.0/0",
           "u32 == '10.1.2.3'",
           "v4 == 192.168.0.1",
           "v4 in 192.168.0.0/24",
           "v4 in (1.2.3.4, 192.168.0.1)",
           "v6 == fe80::1:2",
           "v6 in fe80::/10",
           "v6 in ::/0",
           "v6 in fe80::1:0/112",
           "!(v6 in ::/64)",
           "v6 != ::1",
           "at.x == -5",
           "at.y==6",
           "slots[1] == 11",
           "!slots[0]",
           "corners[1].x == 77",
           "corners[0].y == 0",
           "mac == 'cc:dd:ee:ff:00:00'",
           "mac != '000000000000'",
           "U16 == 443",
           "!(!(on))",
           "!on || u16 == 443",
           "u8 == 1 || u8 == 2 || u8 == 200 && on",
           "(u8 == 1 || u8 == 200) && on",
       }) {
    EXPECT_TRUE(yes(text)) << text;
  }
}

TEST_F(WhereTest, WhatDoesNot) {
  for (const char* text : {
           "u8 == 456",
           "u8 == -56",
           "u8 < 0",
           "u8 > 255",
           "i8 == 253",
           "i8 > 127",
           "i8 < -128",
           "i64 > 0",
           "u64 < 0",
           "u64 == -1",
           "f32 > 0.5",
           "!f64",
           "letter == 'y'",
           "comm == 'ngin'",
           "comm == 'nginx '",
           "comm ~ 'ngin'",
           "comm ~ 'NGINX'",
           "path == ''",
           "args == 'ls -l'",
           "args ~ '*s*l*'",
           "colour == red",
           "err == EPERM",
           "sig in (SIGTERM, SIGINT)",
           "took > 1s",
           "flags & O_APPEND",
           "u32 == 10.1.2.4",
           "v4 in 10.0.0.0/8",
           "v6 in ff00::/8",
           "!(on)",
           "slots[2]",
           "on && u8 == 1",
           "i32 == ENOENT",
           "u8 == 1 || (on && !on)",
       }) {
    EXPECT_FALSE(yes(text)) << text;
  }
}

TEST_F(WhereTest, ABrokenRecordPasses) {
  EXPECT_TRUE(passes(schema, "u8 == 1", RecordBytes(20)));
  EXPECT_FALSE(passes(schema, "path ~ '*'  && u8 == 1", *bytes));
}

TEST_F(WhereTest, ATextOutsideOfItsRecordIsEmpty) {
  bytes->span(64, 60000, 10, 10);
  EXPECT_FALSE(yes("path"));
  EXPECT_TRUE(yes("path == ''"));
}

TEST_F(WhereTest, ErrorsPointAtThePlace) {
  EXPECT_EQ(error_of(schema, "on && u61 == 4").substr(0, 90),
            "--where: there is no column 'u61'\n"
            "  on && u61 == 4\n"
            "        ^^^\n"
            "Perhaps u64. There are u8, ");
  EXPECT_EQ(error_of(schema, "comm == nginx"),
            "--where: 'comm' is a text: what it is compared with stands in quotes\n"
            "  comm == nginx\n"
            "          ^^^^^");
  EXPECT_EQ(error_of(schema, "comm ~ \"\xe4\xb8\xad\" & u8 == 1"),
            "--where: here the expression should end, or go on with && or ||\n"
            "  comm ~ \"\xe4\xb8\xad\" & u8 == 1\n"
            "              ^");
  EXPECT_THAT(error_of(schema, std::string(200, ' ') + "u8 = 1"),
              testing::HasSubstr("\n" + std::string(2 + 40, ' ') + "^"));
}

TEST_F(WhereTest, WhatIsNoExpression) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "here a column should stand"},
      {"u8 ==", "here a value should stand"},
      {"u8 == 1 &&", "here a column should stand"},
      {"(u8 == 1", "a \\) is missing"},
      {"u8 in (1, 2", "a , or a \\) is missing"},
      {"u8 == 1 u8", "should end"},
      {"u8 = 1", "equality is =="},
      {"on | on", "or is \\|\\|"},
      {"u8 == #", "nothing begins so"},
      {"comm == \"x", "has no end"},
      {"comm == '\\q'", "escapes are"},
      {"u8 == 12x", "units are"},
      {"u8 == 09", "no number"},
      {"u64 == 18446744073709551616", "no number of at most 64 bits"},
      {"u64 == 99999999999999G", "more than 64 bits"},
      {"u32 == 1.2.3.400", "no address"},
      {"v6 in ::/129", "no address"},
      {"slots[x]", "number of an element"},
      {"slots[1", "a \\] is missing"},
      {"slots", "'slots' is an array: name one element, as in slots\\[0\\]"},
      {"slots[3]", "has 3 elements"},
      {"u8[0]", "is no array"},
      {"corners[0]", "cannot be compared"},
      {"corners[0].z == 1", "has no 'z'"},
      {"at == 1", "is a struct: name one of at.x, at.y"},
      {"wide == 1", "compared with an IPv6 address"},
      {"u8 ~ 'x'", "~ compares texts"},
      {"u8 == 'x'", "'u8' is an unsigned integer, and 'x' is a text"},
      {"u8 == 1.5", "1.5 is no whole number"},
      {"u8 == 10ms", "10ms is a duration"},
      {"u16 == 10.1.2.3", "is an address"},
      {"u8 == five", "knows no 'five'"},
      {"colour == gren", "knows no 'gren'.*Perhaps green"},
      {"sig == SIGKIL", "knows no 'SIGKIL'.*Perhaps SIGKILL"},
      {"flags & O_CREATE", "knows no 'O_CREATE'.*Perhaps O_CREAT"},
      {"err == ENOET", "Perhaps ENOENT"},
      {"U61 == 1", "Perhaps u64"},
      {"comm < 'a'", "compared with == != ~ !~ and in"},
      {"comm == 5", "stands in quotes"},
      {"f32 == 'x'", "is a text"},
      {"f32 & 1", "compared with"},
      {"v4 == 10.0.0.0/8", "asked for with in"},
      {"v4 == ::1", "has 4 bytes: it is compared with an IPv4 address"},
      {"v6 == 10.0.0.1", "IPv6 address, as in ::1"},
      {"v4 < 10.0.0.1", "compared with ==, != and in"},
      {"mac == 'cc:dd'", "12 hexadecimal digits"},
      {"i8 in 5..1", "from less to more"},
      {"u32 in (10.0.0.0/8, 5)", "IPv4 address"},
      {"-u8 == 1", "here a column should stand"},
  };
  for (const auto& [text, pattern] : cases) {
    EXPECT_THAT(error_of(schema, text), testing::ContainsRegex(pattern)) << text;
  }
  EXPECT_THAT(error_of(schema, std::string(100, '!') + "on"), testing::HasSubstr("too deep"));
  EXPECT_THAT(error_of(schema, std::string(70000, ' ')), testing::HasSubstr("longer than"));
  std::string many = "u8 in (1";
  for (int i = 0; i < 2000; ++i) many += ",1";
  EXPECT_THAT(error_of(schema, many + ")"), testing::HasSubstr("too many values"));
}

TEST_F(WhereTest, AThousandTestsInARow) {
  std::string all = "on";
  for (int i = 0; i < 500; ++i) all += " && u8 == 200";
  EXPECT_TRUE(yes(all));
  EXPECT_FALSE(yes(all + " && u8 == 1"));
}

// Kinds of columns that a name, an annotation or --col gives.
class WhereKinds : public testing::Test {
 protected:
  WhereKinds() {
    Types t;
    schema = t.schema(64, {{"a", t.u32, 0},
                           {"b", t.array(t.u8, 16), 32},
                           {"length", t.u32, 160},
                           {"c", t.u32, 192},
                           {"port", t.u16, 224},
                           {"type", t.u16, 240},
                           {"mac", t.array(t.u8, 6), 256},
                           {"family", t.u16, 304},
                           {"took", t.u32, 320},
                           {"user", t.u32, 352},
                           {"call", t.u64, 384},
                           {"state", t.u32, 448},
                           {"id", t.array(t.u8, 4), 480}});
    show("port", record::Meaning::port_be);
    show("type", record::Meaning::ether_type);
    show("mac", record::Meaning::mac);
    show("family", record::Meaning::family);
    show("took", record::Meaning::duration_ms);
    show("user", record::Meaning::user_name);
    show("call", record::Meaning::system_call);
    show("state", record::Meaning::tcp_state);
    show("id", record::Meaning::dump);
    bytes.set(0, ::htonl(0x0a010203)).set(20, 8).set(24, ::htonl(0x0a000000));
    bytes.set(28, ::htons(443)).set(30, ::htons(0x86dd)).set(32, 0xddccbbaa);
    bytes.set<std::uint16_t>(38, AF_INET).set(40, 1500).set(44, 0).set<std::uint64_t>(48, SYS_read);
    bytes.set(56, 1).set(60, 0x04030201);
  }
  record::Column& column(std::string_view name) {
    return *std::ranges::find(schema.columns, name, &record::Column::name);
  }
  void show(std::string_view name, record::Meaning meaning) {
    EXPECT_TRUE(record::show_as(column(name), meaning)) << name;
  }
  void select(std::string_view name, record::Meaning meaning, std::string_view selector) {
    column(name).meaning = meaning;
    column(name).selector = column(selector).offset;
    column(name).selector_size = static_cast<std::uint8_t>(column(selector).size);
  }
  bool yes(std::string_view text) const { return passes(schema, text, bytes); }

  record::Schema schema;
  RecordBytes bytes{64};
};

TEST_F(WhereKinds, NumbersInNetworkOrderAndNames) {
  for (const char* text :
       {"port == 443", "port in 400..500", "port & 0x100", "type == 0x86dd", "type == IPv6",
        "mac == 'aa:bb:cc:dd:00:00'", "family == AF_INET", "family == 2", "took == 1500ms",
        "took > 1s && took < 2s", "took == 1500", "user == root", "user == 0", "user == 'root'",
        "call == read", "state == ESTABLISHED", "state in (ESTABLISHED, LISTEN)",
        "id == '01020304'"}) {
    EXPECT_TRUE(yes(text)) << text;
  }
  EXPECT_THAT(error_of(schema, "took > 1500us"), testing::HasSubstr("no multiple"));
  EXPECT_THAT(error_of(schema, "user == nobody-there"), testing::HasSubstr("--where: "));
  EXPECT_THAT(error_of(schema, "port == http"), testing::HasSubstr("knows no 'http'"));
}

TEST_F(WhereKinds, AddressesOfEachOrder) {
  show("a", record::Meaning::ip4);
  EXPECT_TRUE(yes("a == 10.1.2.3 && a in 10.1.0.0/16 && a != 10.1.2.4"));
  column("a").meaning = record::Meaning::ip4_host;
  bytes.set(0, 0x0a010203);
  EXPECT_TRUE(yes("a == 10.1.2.3 && a in 10.1.0.0/16 && !(a in 10.2.0.0/16) && a > 0x0a000000"));
  show("b", record::Meaning::ip6);
  EXPECT_TRUE(yes("b == :: && b in ::/8 && b != ::1"));
}

TEST_F(WhereKinds, AnAddressOfItsFamily) {
  show("b", record::Meaning::ip6);
  select("b", record::Meaning::ip, "family");
  bytes.set(4, ::htonl(0x7f000001));
  EXPECT_TRUE(yes("b == 127.0.0.1 && b in 127.0.0.0/8 && !(b in ::/0) && b in (::1, 127.0.0.1)"));
  bytes.set<std::uint16_t>(38, AF_INET6);
  EXPECT_TRUE(yes("b != 127.0.0.1 && !(b in 0.0.0.0/0) && b in 7f00::/8"));
}

TEST_F(WhereKinds, NetworksOfATrie) {
  show("c", record::Meaning::ip4);
  select("c", record::Meaning::cidr, "length");
  EXPECT_TRUE(yes("c == 10.0.0.0/8 && c in 10.0.0.0/8 && c in 10.0.0.0/7 && c in 0.0.0.0/0"));
  EXPECT_TRUE(yes("c != 10.0.0.0/9 && c != 10.0.0.0 && !(c in 10.0.0.0/9) && c != 11.0.0.0/8"));
}

}  // namespace
}  // namespace skep::test
