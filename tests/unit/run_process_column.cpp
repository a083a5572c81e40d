#include "run/process_column.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>

namespace skep::run {
namespace {

using record::Meaning;

record::Schema schema_of(
    std::initializer_list<std::pair<const char*, std::uint32_t>> names_and_sizes,
    Meaning meaning = Meaning::unsigned_integer) {
  record::Schema schema;
  for (const auto& [name, size] : names_and_sizes) {
    record::Column column{.name = name, .path = {name}, .meaning = meaning};
    column.offset = schema.size;
    column.size = size;
    schema.size += size;
    schema.columns.push_back(std::move(column));
  }
  return schema;
}

std::string found_in(const record::Schema& schema) {
  const auto found = find_process_column(schema);
  return found ? found->column : "";
}

TEST(ProcessColumn, IsFoundByItsName) {
  EXPECT_EQ(found_in(schema_of({{"tid", 4}, {"pid", 4}, {"tgid", 4}})), "tgid");
  EXPECT_EQ(found_in(schema_of({{"tid", 4}, {"pid", 4}, {"ppid", 4}})), "pid");
  EXPECT_EQ(found_in(schema_of({{"pid", 4}, {"pid_tgid", 8}})), "pid_tgid");
  EXPECT_EQ(found_in(schema_of({{"PID", 4}}, Meaning::process)), "PID");
  EXPECT_EQ(found_in(schema_of({{"pid", 2}, {"ppid", 4}})), "");
  EXPECT_EQ(found_in(schema_of({{"pid", 16}}, Meaning::text)), "");
}

TEST(ProcessColumn, TheUpperHalfOfWhatTheHelperSays) {
  const auto column = find_process_column(schema_of({{"x", 4}, {"pid", 8}}));
  ASSERT_TRUE(column);
  std::array<std::byte, 12> row{};
  const auto read = [&](std::uint64_t value) {
    std::memcpy(row.data() + 4, &value, sizeof(value));
    return column->read(row);
  };
  EXPECT_EQ(read(42), 42U);
  EXPECT_EQ(read((std::uint64_t{42} << 32) | 43), 42U);
  EXPECT_EQ(column->read(std::span(row).first(11)), std::nullopt);
}

}  // namespace
}  // namespace skep::run
