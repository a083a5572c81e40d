#include "run/entries.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "run/map_kinds.hpp"

namespace skep::run {
namespace {

bool is_text(const record::Column& column) noexcept {
  return column.meaning == record::Meaning::text && column.dimensions.empty();
}

// As a number whose order is that of the column's values.
std::uint64_t rank(const record::Column& column, std::span<const std::byte> entry) {
  const auto value = load_number(entry, column.offset, column.size);
  if (!column.is_signed) return value;
  const unsigned unused = 64 - column.size * 8;
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused) ^
         (std::uint64_t{1} << 63);
}

// Below 0, 0, above 0: as the bytes of the column lie.
int compare(const record::Column& column, const Entry& a, const Entry& b) {
  if (is_countable(column) && column.dimensions.empty()) {
    const auto left = rank(column, a), right = rank(column, b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const std::size_t end = std::min(a.size(), b.size());
  if (column.offset >= end) return 0;
  const auto size = std::min<std::size_t>(column.size, end - column.offset);
  return std::memcmp(a.data() + column.offset, b.data() + column.offset, size);
}

// A CPU's number stands behind the value and is part of the key.
Entry key_of(const PlannedTable& table, const Entry& entry) {
  Entry key(entry.begin(), entry.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(
                                               table.value_offset, entry.size())));
  if (table.by_cpu) key.insert(key.end(), entry.end() - 4, entry.end());
  return key;
}

}  // namespace

bool is_countable(const record::Column& column) noexcept {
  using record::Meaning;
  switch (column.meaning) {
    case Meaning::unsigned_integer:
    case Meaning::signed_integer:
    case Meaning::duration_ns:
    case Meaning::duration_us:
    case Meaning::duration_ms:
    case Meaning::duration_s:
    case Meaning::byte_count:
    case Meaning::percent:
      return column.bit_size == 0 && column.size <= 8;
    default:
      return false;
  }
}

std::vector<NumberPlace> numbers_of(const PlannedTable& table) {
  std::vector<NumberPlace> out;
  for (const auto& column : table.schema.columns) {
    const bool is_cpu = table.by_cpu && &column == table.schema.columns.data();
    if (column.offset < table.value_offset || !is_countable(column) || is_cpu) continue;
    std::uint32_t count = 1;
    for (const auto& dimension : column.dimensions) count *= dimension.count;
    for (std::uint32_t i = 0; i < count; ++i) {
      const NumberPlace place{column.offset + i * column.size, column.size};
      if (std::ranges::find(out, place) == out.end()) out.push_back(place);
    }
  }
  return out;
}

bool is_all_numbers(const PlannedTable& table) {
  for (const auto& column : table.schema.columns) {
    if (column.offset >= table.value_offset && !is_countable(column)) return false;
  }
  auto places = numbers_of(table);
  std::ranges::sort(places, {}, &NumberPlace::offset);
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (places[i - 1].offset + places[i - 1].size > places[i].offset) return false;
  }
  return true;
}

std::uint64_t load_number(std::span<const std::byte> bytes, std::uint32_t offset,
                          std::uint32_t size) noexcept {
  std::uint64_t out = 0;
  if (size <= sizeof(out) && offset + size <= bytes.size())
    std::memcpy(&out, bytes.data() + offset, size);
  return out;
}

void store_number(std::span<std::byte> bytes, std::uint32_t offset, std::uint32_t size,
                  std::uint64_t value) noexcept {
  if (size > sizeof(value)) return;
  if (offset + size <= bytes.size()) std::memcpy(bytes.data() + offset, &value, size);
}

void sort_entries(Entries& entries, const PlannedTable& table) {
  const auto& columns = table.schema.columns;
  if (!table.sort_by && is_array(table.type)) return;
  std::optional<std::size_t> by = table.sort_by;
  bool largest_first = !table.ascending;
  if (by && is_text(columns[*by])) largest_first = !largest_first;
  const auto& last = columns.back();
  const bool is_one_number =
      last.offset == table.value_offset && is_countable(last) && last.dimensions.empty();
  if (!by && is_one_number) by = columns.size() - 1;
  std::ranges::sort(entries, [&](const Entry& a, const Entry& b) {
    if (by) {
      const int order = compare(columns[*by], a, b);
      if (order != 0) return largest_first ? order > 0 : order < 0;
    }
    for (const auto& column : columns) {
      if (!is_countable(column) || !column.dimensions.empty()) continue;
      if (const int order = compare(column, a, b); order != 0) return order < 0;
    }
    return a < b;
  });
}

void Changes::begin(const Entries& entries, const PlannedTable& table) {
  for (const auto& entry : entries) before_.insert_or_assign(key_of(table, entry), entry);
}

void Changes::keep(Entries& entries, const PlannedTable& table, bool per_second,
                   std::chrono::milliseconds passed) {
  std::map<Entry, Entry> now;
  const auto milliseconds = static_cast<long double>(std::max<std::int64_t>(passed.count(), 1));
  const auto numbers = numbers_of(table);
  std::erase_if(entries, [&](Entry& entry) {
    const Entry whole = entry;
    const auto before = before_.find(key_of(table, entry));
    bool changed = before == before_.end();
    for (const auto& [offset, size] : numbers) {
      const auto was = before == before_.end() ? 0 : load_number(before->second, offset, size);
      const unsigned unused = 64 - size * 8;
      // What went down is a negative number: columns are signed here.
      auto by =
          static_cast<std::int64_t>((load_number(entry, offset, size) - was) << unused) >> unused;
      changed |= by != 0;
      if (per_second)
        by = static_cast<std::int64_t>(
            std::llround(static_cast<long double>(by) * 1000 / milliseconds));
      store_number(entry, offset, size, static_cast<std::uint64_t>(by));
    }
    now.emplace(key_of(table, entry), whole);
    return !changed;
  });
  before_ = std::move(now);
}

}  // namespace skep::run
