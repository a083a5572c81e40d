// Every place and width that a bit field can have, against a reading bit by bit.
#include <gtest/gtest.h>

#include <random>

#include "unit/record_support.hpp"

namespace skep::record {
namespace {

using test::BtfBuilder;
using test::RecordBytes;
using test::Types;

// What C says a bit field is worth: bit `first` of the record is its lowest.
Wide reference(std::span<const std::byte> record, std::size_t first, unsigned bits,
               bool is_signed) {
  Wide value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const std::size_t bit = first + i;
    const bool is_set = (std::to_integer<unsigned>(record[bit / 8]) >> bit % 8 & 1) != 0;
    if (is_set) value |= static_cast<Wide>(1) << i;
    // The highest bit of a signed one counts for all above it.
    if (is_set && is_signed && i + 1 == bits) {
      for (unsigned above = bits; above < 128; ++above) value |= static_cast<Wide>(1) << above;
    }
  }
  return value;
}

std::string decimal(Wide value, bool is_signed) {
  const bool is_negative = is_signed && static_cast<SignedWide>(value) < 0;
  if (is_negative) value = 0 - value;
  std::string digits;
  for (; value != 0 || digits.empty(); value /= 10) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  }
  return is_negative ? "-" + digits : digits;
}

struct Field {
  std::size_t first;
  unsigned bits;
};

// All of them overlap in one struct, which BTF allows.
void check_fields(BtfBuilder::Id type, Types& t, std::uint32_t size, bool is_signed,
                  const std::vector<Field>& fields) {
  std::vector<std::string> labels;
  for (const auto& field : fields) {
    labels.push_back("f" + std::to_string(field.first) + "_" + std::to_string(field.bits));
  }
  std::vector<BtfBuilder::Member> members;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    members.push_back(
        {labels[i], type, static_cast<std::uint32_t>(fields[i].first), fields[i].bits});
  }
  const auto schema = t.schema(size, members);
  ASSERT_EQ(schema.columns.size(), fields.size());
  std::mt19937 random(1);
  for (int round = 0; round < 4; ++round) {
    RecordBytes record(size);
    for (std::size_t i = 0; i < size; ++i) {
      // All zeroes, all ones, then anything.
      const unsigned byte = round == 0 ? 0 : round == 1 ? 0xff : random() & 0xff;
      record.set(i, static_cast<std::uint8_t>(byte));
    }
    const auto json = test::json_of(schema, record);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto& [first, bits] = fields[i];
      const auto expected = decimal(reference(record, first, bits, is_signed), is_signed);
      const auto& shown = json.at(labels[i]);
      EXPECT_EQ(shown.is_string() ? shown.get<std::string>() : shown.dump(), expected)
          << "bits " << first << " to " << first + bits;
      EXPECT_EQ(shown.is_string(), bits > 64);
    }
  }
}

std::vector<Field> all_within(unsigned size) {
  std::vector<Field> fields;
  for (unsigned first = 0; first < size; ++first) {
    for (unsigned bits = 1; bits <= size - first; ++bits) fields.push_back({first, bits});
  }
  return fields;
}

// The lowest bit anywhere in a byte, any width; at the record's very end too.
std::vector<Field> all_wide(unsigned base) {
  std::vector<Field> fields;
  for (unsigned shift = 0; shift < 8; ++shift) {
    for (unsigned bits = 1; bits <= 128; ++bits) fields.push_back({base + shift, bits});
  }
  return fields;
}

TEST(RecordBits, UnsignedWithin64) {
  Types t;
  check_fields(t.u64, t, 8, false, all_within(64));
}
TEST(RecordBits, SignedWithin64) {
  Types t;
  check_fields(t.i64, t, 8, true, all_within(64));
}
TEST(RecordBits, SmallStorage) {
  Types t;
  check_fields(t.u8, t, 1, false, all_within(8));
  check_fields(t.i16, t, 2, true, all_within(16));
  check_fields(t.i32, t, 4, true, all_within(32));
}
TEST(RecordBits, UnsignedUpTo128) {
  Types t;
  check_fields(t.u128, t, 20, false, all_wide(24));
}
TEST(RecordBits, SignedUpTo128) {
  Types t;
  check_fields(t.i128, t, 20, true, all_wide(24));
}

TEST(RecordBits, BoolsAndEnumerations) {
  Types t;
  const auto mode = t.b.add_enum("mode", 4, {{"off", 0}, {"on", 1}, {"blocked", 2}});
  const auto level = t.b.add_enum("level", 4, {{"low", -2}, {"high", 1}}, true);
  const auto schema = t.schema(4, {{"a", t.boolean, 0, 1},
                                   {"b", t.boolean, 1, 1},
                                   {"m", mode, 2, 2},
                                   {"n", mode, 4, 2},
                                   {"l", level, 6, 2},
                                   {"k", level, 8, 2},
                                   {"e", t.error, 10, 10}});
  RecordBytes record(4);
  // a=1 b=0 m=2 n=3 l=-2 k=1 e=-2
  record.set(0, std::uint32_t{1U | 2U << 2 | 3U << 4 | 2U << 6 | 1U << 8 | 1022U << 10});
  EXPECT_EQ(test::json_line(schema, record),
            R"({"a":true,"b":false,"m":"blocked","n":3,"l":"low","k":"high","e":"ENOENT"})");
}

}  // namespace
}  // namespace skep::record
