// What a column means beyond its type: by its name, by its author, by the user.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>
#include <vector>

#include "record/entry.hpp"
#include "record/inet.hpp"
#include "record/kind.hpp"
#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::RecordBytes;
using test::Types;
using ::testing::HasSubstr;

struct Shown {
  std::string table, json;
};

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  return text;
}

Shown show(const Schema& schema, const RecordBytes& record) {
  return {trimmed(test::table_row(schema, record)), test::json_line(schema, record)};
}

// A value of that type, shown as that kind.
template <typename T>
Shown shown_as(std::string_view kind, Types& t, BtfBuilder::Id type, const T& value) {
  auto schema = t.of(type, sizeof(T));
  const auto set = set_kind(schema, schema.columns[0], kind, t.b.btf());
  EXPECT_TRUE(set) << kind;
  return show(schema, RecordBytes(sizeof(T)).set(0, value));
}

void expect(const Shown& shown, std::string_view table, std::string_view json) {
  EXPECT_EQ(shown.table, table);
  EXPECT_EQ(shown.json, fmt::format("{{\"v\":{}}}", json));
}

TEST(RecordKind, NumbersWithAName) {
  Types t;
  expect(shown_as("family", t, t.u16, std::uint16_t{10}), "AF_INET6", "\"AF_INET6\"");
  expect(shown_as("family", t, t.u16, std::uint16_t{999}), "999", "999");
  expect(shown_as("socket_type", t, t.u32, 2U), "SOCK_DGRAM", "\"SOCK_DGRAM\"");
  expect(shown_as("protocol", t, t.u8, std::uint8_t{17}), "UDP", "\"UDP\"");
  expect(shown_as("ethertype", t, t.u16, __builtin_bswap16(0x86dd)), "IPv6", "\"IPv6\"");
  expect(shown_as("tcp_state", t, t.i32, 10), "LISTEN", "\"LISTEN\"");
  expect(shown_as("tcp_state", t, t.i32, -1), "-1", "-1");
  expect(shown_as("capability", t, t.i32, 39), "CAP_BPF", "\"CAP_BPF\"");
  expect(shown_as("device", t, t.u32, 8U << 20 | 17), "8:17", "\"8:17\"");
  expect(shown_as("user", t, t.u32, 0U), "root", "\"root\"");
  expect(shown_as("group", t, t.u32, 0U), "root", "\"root\"");
  expect(shown_as("user", t, t.u32, 4123456789U), "4123456789", "4123456789");
}

TEST(RecordKind, SystemCallsOfThisMachine) {
  Types t;
#ifdef __x86_64__
  expect(shown_as("syscall", t, t.i64, std::int64_t{257}), "openat", "\"openat\"");
#else
  expect(shown_as("syscall", t, t.i64, std::int64_t{56}), "openat", "\"openat\"");
#endif
  expect(shown_as("syscall", t, t.i64, std::int64_t{-1}), "-1", "-1");
  expect(shown_as("syscall", t, t.i64, std::int64_t{99999}), "99999", "99999");
}

TEST(RecordKind, AProcessIsCalledAsItIsNow) {
  Types t;
  const auto pid = static_cast<std::uint32_t>(::getpid());
  const auto shown = shown_as("process", t, t.u32, pid);
  std::string name;  // an emulator's, where it runs in one
  std::getline(std::ifstream("/proc/self/comm") >> std::ws, name);
  EXPECT_EQ(shown.table, fmt::format("{} ({})", pid, name));
  EXPECT_EQ(shown.json, fmt::format("{{\"v\":{}}}", pid));
  expect(shown_as("process", t, t.u32, UINT32_MAX), "4294967295", "4294967295");
}

TEST(RecordKind, Quantities) {
  Types t;
  expect(shown_as("duration_us", t, t.u64, std::uint64_t{1500}), "1.5ms", "1500");
  expect(shown_as("duration_ms", t, t.u32, 61'000U), "1m01s", "61000");
  expect(shown_as("duration_s", t, t.i32, -90), "-1m30s", "-90");
  EXPECT_EQ(shown_as("duration_s", t, t.u64, UINT64_MAX).json, "{\"v\":18446744073709551615}");
  expect(shown_as("size", t, t.u64, std::uint64_t{1023}), "1023", "1023");
  expect(shown_as("size", t, t.u64, std::uint64_t{1536}), "1.5K", "1536");
  expect(shown_as("size", t, t.u64, std::uint64_t{200} << 20), "200M", "209715200");
  expect(shown_as("size", t, t.u64, UINT64_MAX), "15E", "18446744073709551615");
  expect(shown_as("percent", t, t.u8, std::uint8_t{42}), "42%", "42");
  expect(shown_as("hex", t, t.u16, std::uint16_t{0xbeef}), "0xbeef", "\"0xbeef\"");
  expect(shown_as("bool", t, t.u32, 1U), "true", "true");
  expect(shown_as("errno", t, t.i64, std::int64_t{-13}), "EACCES", "\"EACCES\"");
}

TEST(RecordKind, TimesOfTwoClocks) {
  Types t;
  auto schema = t.of(t.u64, 8);
  show_as(schema.columns[0], Meaning::monotonic_ns);
  Clock clock = test::noon;
  clock.monotonic = clock.boot + 3'600'000'000'000;  // it has slept for an hour
  std::string json;
  JsonFormatter(schema, clock).append(json, RecordBytes(8).set(0, std::uint64_t{1'000'000'000}));
  EXPECT_EQ(json, "{\"v\":\"2025-07-01T13:00:01.000000000Z\"}\n");
}

TEST(RecordKind, Addresses) {
  Types t;
  const std::uint32_t loopback = 0x0100007f;
  expect(shown_as("ip4", t, t.u32, loopback), "127.0.0.1", "\"127.0.0.1\"");
  expect(shown_as("ip4_host", t, t.u32, 0x7f000001U), "127.0.0.1", "\"127.0.0.1\"");
  expect(shown_as("ip4", t, t.array(t.u8, 4), loopback), "127.0.0.1", "\"127.0.0.1\"");
  const std::array<std::uint8_t, 16> six{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  expect(shown_as("ip6", t, t.array(t.u8, 16), six), "2001:db8::1", "\"2001:db8::1\"");
  expect(shown_as("ip6", t, t.array(t.u32, 4), six), "2001:db8::1", "\"2001:db8::1\"");
  expect(shown_as("ip6", t, t.u128, six), "2001:db8::1", "\"2001:db8::1\"");
  const std::array<std::uint8_t, 6> mac{0, 0x1b, 0x21, 0xa, 0xb, 0xc};
  expect(shown_as("mac", t, t.array(t.u8, 6), mac), "00:1b:21:0a:0b:0c", "\"00:1b:21:0a:0b:0c\"");
  expect(shown_as("port_be", t, t.u16, std::uint16_t{0x5000}), "80", "80");
  expect(shown_as("port", t, t.u16, std::uint16_t{80}), "80", "80");
}

TEST(RecordKind, BytesAsTextOrDump) {
  Types t;
  const std::array<char, 8> name{'s', 'h', '\n', 0, 'x'};
  expect(shown_as("text", t, t.array(t.u8, 8), name), "sh\\n", "\"sh\\n\"");
  expect(shown_as("dump", t, t.array(t.u8, 8), name), "73680a0078000000", "\"73680a0078000000\"");
  expect(shown_as("dump", t, t.u16, std::uint16_t{0x1234}), "3412", "\"3412\"");
}

TEST(RecordKind, EnumerationsAndFlagsByName) {
  Types t;
  t.b.add_enum("state", 4, {{"RUNNING", 0}, {"SLEEPING", 1}, {"STOPPED", 4}});
  expect(shown_as("enum=state", t, t.u32, 4U), "STOPPED", "\"STOPPED\"");
  expect(shown_as("flags=state", t, t.u32, 5U), "SLEEPING|STOPPED", "\"SLEEPING|STOPPED\"");
  expect(shown_as("flags=state", t, t.u32, 0x81U), "SLEEPING|0x80", "\"SLEEPING|0x80\"");
  expect(shown_as("flags=state", t, t.u32, 0U), "RUNNING", "\"RUNNING\"");
}

TEST(RecordKind, WhatCannotBe) {
  Types t;
  const auto refused = [&](std::string_view kind, BtfBuilder::Id type, std::uint32_t size) {
    auto schema = t.of(type, size);
    const auto set = set_kind(schema, schema.columns[0], kind, t.b.btf());
    return set ? std::string("taken") : set.error().message();
  };
  EXPECT_EQ(refused("mac", t.u64, 8),
            "column 'v' (unsigned integer of 8 bytes) cannot be shown as 'mac'");
  EXPECT_EQ(refused("ip6", t.array(t.u32, 3), 12),
            "column 'v' (unsigned integer[3] of 4 bytes) cannot be shown as 'ip6'");
  EXPECT_THAT(refused("port_be", t.u32, 4), HasSubstr("cannot be shown"));
  EXPECT_THAT(refused("errno", t.f64, 8), HasSubstr("cannot be shown"));
  EXPECT_THAT(refused("colour", t.u32, 4), HasSubstr("there is no kind 'colour'"));
  EXPECT_THAT(refused("enum=nothing", t.u32, 4), HasSubstr("no enumeration named 'nothing'"));
  for (const auto kind : kind_names()) EXPECT_TRUE(kind_named(kind));
}

// What the tools of the field call their fields.
TEST(RecordKind, NamesThatLeaveNoDoubt) {
  Types t;
  const auto be16 = t.b.add_typedef("__be16", t.u16);
  const auto be32 = t.b.add_typedef("__be32", t.u32);
  const auto schema = t.schema(112, {{"saddr", t.u32, 0},
                                     {"dport", be16, 32},
                                     {"sport", t.u16, 48},
                                     {"peer", be32, 64},
                                     {"delta_us", t.u64, 128},
                                     {"err", t.i32, 192},
                                     {"comm", t.array(t.u8, 16), 256},
                                     {"sig", t.i32, 384},
                                     {"oldstate", t.i32, 416},
                                     {"ip", t.u64, 448},
                                     {"addr", t.u32, 512},
                                     {"seq", be32, 544},
                                     {"protocol", t.u8, 576},
                                     {"protocol2", t.u8, 584},
                                     {"cap", t.i32, 608},
                                     {"values", t.array(t.u8, 16), 640},
                                     {"h_dest", t.array(t.u8, 6), 768},
                                     {"ret", t.i32, 832}});
  const Meaning expected[] = {Meaning::ip4,
                              Meaning::port_be,
                              Meaning::unsigned_integer,
                              Meaning::ip4,
                              Meaning::duration_us,
                              Meaning::result,
                              Meaning::text,
                              Meaning::signal,
                              Meaning::tcp_state,
                              Meaning::unsigned_integer,
                              Meaning::unsigned_integer,
                              Meaning::unsigned_integer,
                              Meaning::ip_protocol,
                              Meaning::unsigned_integer,
                              Meaning::capability,
                              Meaning::unsigned_integer,
                              Meaning::mac,
                              Meaning::signed_integer};
  ASSERT_EQ(schema.columns.size(), std::size(expected));
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    EXPECT_EQ(schema.columns[i].meaning, expected[i]) << schema.columns[i].name;
  }
}

TEST(RecordKind, TheKernelsStructsOfAddresses) {
  Types t;
  const auto in6 = t.b.add_struct("in6_addr", 16, {{"s6_addr", t.array(t.u8, 16), 0}});
  const auto in4 = t.b.add_struct("in_addr", 4, {{"s_addr", t.u32, 0}});
  const auto schema = t.schema(20, {{"to", in6, 0}, {"from", in4, 128}});
  EXPECT_EQ(show(schema, RecordBytes(20).set(15, std::uint8_t{1}).set(16, 0x0100007f)).json,
            "{\"to\":\"::1\",\"from\":\"127.0.0.1\"}");
}

TEST(RecordKind, AnAddressOfEitherFamily) {
  Types t;
  const auto address =
      t.b.add_union("", 16, {{"saddr_v4", t.u32, 0}, {"saddr_v6", t.array(t.u8, 16), 0}});
  const auto schema =
      t.schema(36, {{"", address, 0}, {"daddr", t.u128, 128}, {"family", t.u16, 256}});
  ASSERT_EQ(schema.columns.size(), 3U);
  RecordBytes record(36);
  record.set(0, 0x0100007f).set(16, 0x0200000a).set(32, std::uint16_t{AF_INET});
  EXPECT_EQ(show(schema, record).json,
            R"({"saddr":"127.0.0.1","daddr":"10.0.0.2","family":"AF_INET"})");
  record.set(32, std::uint16_t{AF_INET6});
  EXPECT_EQ(show(schema, record).json,
            R"({"saddr":"7f00:1::","daddr":"a00:2::","family":"AF_INET6"})");
  record.set(32, std::uint16_t{AF_UNIX});
  EXPECT_EQ(show(schema, record).json,
            R"({"saddr":"7f000001000000000000000000000000",)"
            R"("daddr":"0a000002000000000000000000000000","family":"AF_UNIX"})");
}

TEST(RecordKind, TheKeyOfATrieIsANetwork) {
  Types t;
  const auto key =
      t.b.add_struct("key", 8, {{"prefixlen", t.u32, 0}, {"data", t.array(t.u8, 4), 32}});
  const auto types = t.b.btf();
  auto schema = make_schema(types, {{"key", key, 0}, {"value", t.u64, 8}}).value();
  join_prefix(schema);
  EXPECT_EQ(
      show(schema, RecordBytes(16).set(0, 24U).set(4, 0x0000a8c0).set(8, std::uint64_t{7})).json,
      R"({"key":"192.168.0.0/24","value":7})");
}

// What user space's headers say of a socket's address: its family by the name that they have for
// it.
TEST(RecordKind, TheFamilyOfASocketsAddress) {
  Types t;
  const auto family = t.b.add_typedef("__kernel_sa_family_t", t.u16);
  const auto type = t.b.add_struct("sockaddr_in", 4, {{"sin_family", family, 0}});
  EXPECT_EQ(show(t.schema(type), RecordBytes(4).set(0, std::uint16_t{AF_INET})).json,
            R"({"sin_family":"AF_INET"})");
}

TEST(RecordKind, AValueThatIsAnAddressIsOne) {
  Types t;
  const auto in6 = t.b.add_struct("in6_addr", 16, {{"s6_addr", t.array(t.u8, 16), 0}});
  const auto one = t.b.add_struct("one", 8, {{"value", t.u64, 0}});
  const auto types = t.b.btf();
  const auto nat = make_schema(types, {{"key", t.u32, 0}, {"value", in6, 8}}).value();
  EXPECT_EQ(show(nat, RecordBytes(24).set(0, 5U).set(8, std::uint16_t{0xfe})).json,
            R"({"key":5,"value":"fe00::"})");
  const auto nested = make_schema(types, {{"key", t.u32, 0}, {"value", one, 8}}).value();
  EXPECT_EQ(show(nested, RecordBytes(16).set(0, 5U).set(8, std::uint64_t{6})).json,
            R"({"key":5,"value":{"value":6}})");
}

TEST(RecordKind, MembersOfOneNameSayWhoseTheyAre) {
  Types t;
  const auto both = t.b.add_struct("counters", 16, {{"hits", t.u64, 0}, {"misses", t.u64, 64}});
  const auto other = t.b.add_struct("other", 8, {{"lost", t.u64, 0}});
  const auto types = t.b.btf();
  const auto schema =
      make_schema(types, {{"ipv4", both, 0}, {"ipv6", both, 16}, {"ring", other, 32}}).value();
  std::vector<std::string> names;
  for (const auto& column : schema.columns) names.push_back(column.name);
  EXPECT_THAT(names, ::testing::ElementsAre("ipv4.hits", "ipv4.misses", "ipv6.hits", "ipv6.misses",
                                            "lost"));
}

TEST(RecordKind, ItsAuthorSays) {
  Types t;
  const auto type =
      t.b.add_struct("event", 16, {{"took", t.u64, 0}, {"pad", t.u32, 64}, {"saddr", t.u32, 96}});
  t.b.add_decl_tag("skep:kind=duration_ms", type, 0);
  t.b.add_decl_tag("skep:width=12", type, 0);
  t.b.add_decl_tag("skep:hidden", type, 1);
  t.b.add_decl_tag("skep:kind=number", type, 2);
  t.b.add_decl_tag("of somebody else", type, 2);
  const auto schema = t.schema(type);
  EXPECT_EQ(test::table_row(schema, RecordBytes(16).set(0, std::uint64_t{1500}).set(12, 5)),
            "        1.5s       5");
}

TEST(RecordKind, UnitsOfItsAuthor) {
  Types t;
  const auto type = t.b.add_struct("event", 40,
                                   {{"took", t.u64, 0},
                                    {"rss", t.u64, 64},
                                    {"room", t.u64, 128},
                                    {"slots", t.array(t.u32, 4), 192}});
  t.b.add_decl_tag("skep:unit=us", type, 0);
  t.b.add_decl_tag("skep:about=of the call", type, 0);
  t.b.add_decl_tag("skep:unit=pages", type, 1);
  t.b.add_decl_tag("skep:unit=bytes", type, 2);
  t.b.add_decl_tag("skep:kind=hex", type, 2);
  t.b.add_decl_tag("skep:linear=-5,10,ms", type, 3);
  t.b.add_decl_tag("skep:about=what is sent", type, -1);
  const auto schema = t.schema(type);
  EXPECT_EQ(schema.about, "what is sent");
  EXPECT_EQ(schema.columns[0].meaning, Meaning::duration_us);
  EXPECT_EQ(schema.columns[0].about, "of the call");
  EXPECT_EQ(schema.columns[1].unit, "pages");
  EXPECT_EQ(schema.columns[2].meaning, Meaning::hex_number);
  ASSERT_TRUE(schema.columns[3].scale);
  EXPECT_EQ(schema.columns[3].scale->from, -5);
  EXPECT_EQ(schema.columns[3].scale->step, 10U);
  EXPECT_EQ(schema.columns[3].scale->unit, "ms");
  std::string header;
  TableFormatter(schema, {}).append_header(header);
  EXPECT_THAT(header, HasSubstr(" RSS(pages)"));
}

TEST(RecordKind, WhatItsAuthorMayNotSay) {
  const auto error_of = [](std::string_view tag) {
    Types t;
    const auto inner = t.b.add_struct("inner", 4, {{"x", t.u32, 0}});
    const auto type = t.b.add_struct("event", 12, {{"took", t.u64, 0}, {"inner", inner, 64}});
    t.b.add_decl_tag(tag, type, tag.ends_with("ip4") ? 1 : 0);
    const auto schema = t.try_schema(type);
    return schema ? std::string() : schema.error().message();
  };
  EXPECT_THAT(error_of("skep:kind=mac"), HasSubstr("struct event: column 'took'"));
  EXPECT_THAT(error_of("skep:kind=speed"), HasSubstr("there is no kind 'speed'"));
  EXPECT_THAT(error_of("skep:colour=red"), HasSubstr("says nothing"));
  EXPECT_THAT(error_of("skep:width=wide"), HasSubstr("says nothing"));
  EXPECT_THAT(error_of("skep:kind=ip4"), HasSubstr("is a struct"));
  EXPECT_THAT(error_of("skep:log2=us"), HasSubstr("no array of counts"));
  EXPECT_THAT(error_of("skep:alternative=1,x"), HasSubstr("SKEP_ALTERNATIVE cannot be said of it"));
  for (const auto* wrong : {"skep:linear=0,10", "skep:linear=0,0,ms", "skep:linear=a,1,ms",
                            "skep:hidden=1", "skep:unit=", "skep:alternative=0,x", "skep:"}) {
    EXPECT_THAT(error_of(wrong), HasSubstr("says nothing")) << wrong;
  }
}

// Random addresses, most groups of which are 0, and the forms that have a rule of their own.
TEST(Kind, AddressesAreWrittenAsInetNtopDoes) {
  std::vector<std::array<std::byte, 16>> addresses(2);
  for (const char* text :
       {"::1", "::ffff:10.1.2.3", "::10.1.2.3", "::ffff:0:1", "1::", "fe80::1:0:0:2", "1:0:0:2::3",
        "0:1:0:1:0:1:0:1", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "64:ff9b::1.2.3.4",
        "::1:0", "::fffe:1.2.3.4"}) {
    ASSERT_EQ(::inet_pton(AF_INET6, text, addresses.emplace_back().data()), 1) << text;
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    auto& address = addresses.emplace_back();
    for (std::size_t at = 0; at < address.size(); ++at) {
      if (random() % 3 == 0) address[at] = std::byte(random() >> (random() % 9));
    }
  }
  for (const auto& address : addresses) {
    std::array<char, INET6_ADDRSTRLEN> expected{}, text{};
    ::inet_ntop(AF_INET6, address.data(), expected.data(), expected.size());
    *record::write_ip6(text.data(), address.data()) = '\0';
    ASSERT_STREQ(text.data(), expected.data());
    ::inet_ntop(AF_INET, address.data(), expected.data(), expected.size());
    *record::write_ip4(text.data(), address.data()) = '\0';
    ASSERT_STREQ(text.data(), expected.data());
  }
}

}  // namespace
}  // namespace skep::record
