#include "run/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "record/histogram.hpp"
#include "record/kind.hpp"
#include "record/tags.hpp"
#include "run/histograms.hpp"
#include "run/map_kinds.hpp"
#include "skep/maps/sweep.hpp"
#include "stream/ledger.hpp"

namespace skep::run {
namespace {

bool holds_maps(MapType type) {
  return type == MapType::array_of_maps || type == MapType::hash_of_maps;
}

// Histograms within an entry.
bool has_slots(const PlannedTable& table) {
  return !table.histograms.empty() && !table.slots_are_entries;
}

// Ids of stacks are no numbers to add up.
bool has_stack_in_value(const PlannedTable& table) {
  return std::ranges::any_of(table.stacks.stacks, [&](const PlannedStack& stack) {
    return stack.field.offset >= table.value_offset;
  });
}

bool is_all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

// Its values are read as ids of what they hold.
bool holds_things(MapType type) { return holds_maps(type) || type == MapType::prog_array; }

bool can_be_listed(const MapSpec& map) {
  return is_array(map.type) || is_per_cpu(map.type) || map.type == MapType::hash ||
         map.type == MapType::lru_hash || map.type == MapType::lpm_trie || leads_elsewhere(map);
}

// Adds the numbers of one CPU's value to those of the others.
void add_up(const PlannedTable& table, std::span<std::byte> sum, std::span<const std::byte> one) {
  for (const auto& [offset, size] : numbers_of(table)) {
    store_number(
        sum, offset, size,
        load_number(sum, offset, size) + load_number(one, offset - table.value_offset, size));
  }
}

// Variables of one data section that programs write, by their names.
Result<std::optional<PlannedTable>> table_of_globals(const ObjectSpec& spec, std::uint32_t map) {
  const record::Tags tags(spec.types);
  std::vector<record::Part> parts;
  for (const auto& variable : spec.variables) {
    const bool is_ours = variable.name.starts_with("skep_") || variable.name.starts_with("__");
    if (variable.map != map || variable.type == 0 || is_ours) continue;
    if (spec.types.strip(variable.type).is(btf::Kind::ptr)) continue;  // an `unused` pointer
    if (const auto* said = tags.of(btf::Kind::var, variable.name); said && said->hidden) continue;
    parts.push_back({variable.name, variable.type, variable.offset});
  }
  if (parts.empty()) return std::nullopt;
  SKEP_TRY(auto schema, record::make_schema(spec.types, parts));
  for (auto& column : schema.columns) {
    const auto* said = tags.of(btf::Kind::var, column.path.front());
    if (said == nullptr) continue;
    if (column.path.size() == 1) {
      SKEP_CHECK(said->apply(schema, column, spec.types));
    } else {
      SKEP_CHECK(said->check(record::Annotation::word_about, said->where() + ", a struct"));
      column.about = said->about;
    }
  }
  return PlannedTable{.map = spec.maps[map].name,
                      .type = spec.maps[map].type,
                      .schema = std::move(schema),
                      .value_offset = 0,
                      .is_globals = true};
}

// Of a key or value that has no type, only a size: a number as long as a counter is one; else hex.
record::Column untyped(std::string_view name, std::uint32_t size, std::uint32_t offset) {
  record::Column out{.name = std::string(name), .path = {std::string(name)}, .size = size};
  const bool is_number = size == 4 || size == 8;
  out.meaning = is_number ? record::Meaning::unsigned_integer : record::Meaning::bytes;
  out.offset = offset;
  return out;
}

Result<PlannedTable> table_of_map(const ObjectSpec& spec, const MapSpec& map) {
  PlannedTable out{.map = map.name, .type = map.type};
  out.value_offset = (map.key_size + 7) / 8 * 8;
  out.entries = map.max_entries;
  std::vector<record::Part> typed;
  if (map.key_type != 0) typed.push_back({"key", map.key_type, 0});
  if (map.value_type != 0) typed.push_back({"value", map.value_type, out.value_offset});
  SKEP_TRY(out.schema, record::make_schema(spec.types, typed));
  auto& columns = out.schema.columns;
  if (map.key_type == 0) columns.insert(columns.begin(), untyped("key", map.key_size, 0));
  const bool is_prefix = map.type == MapType::lpm_trie && map.key_type == 0;  // and no number
  if (is_prefix) columns.front().meaning = record::Meaning::bytes;
  if (map.value_type == 0) {
    columns.push_back(untyped("value", map.value_size, out.value_offset));
    out.schema.size = out.value_offset + map.value_size;
  }
  if (map.type == MapType::lpm_trie) record::join_prefix(out.schema);
  return out;
}

void give_each_cpu_a_row(PlannedTable& table) {
  record::Column cpu{.name = "cpu", .path = {"cpu"}, .size = 4};
  cpu.meaning = record::Meaning::unsigned_integer;
  cpu.offset = table.schema.size = (table.schema.size + 3) / 4 * 4;
  table.schema.size += 4;
  table.schema.columns.insert(table.schema.columns.begin(), std::move(cpu));
  table.by_cpu = true;
}

// Programs and maps by their names.
Result<PlannedTable> table_of_things(const ObjectSpec& spec, const MapSpec& map) {
  PlannedTable out{.map = map.name, .type = map.type};
  out.value_offset = (map.key_size + 7) / 8 * 8;
  if (map.key_type != 0) {
    SKEP_TRY(out.schema, record::make_schema(spec.types, {{"key", map.key_type, 0}}));
  } else {
    out.schema.columns.push_back(untyped("key", map.key_size, 0));
  }
  record::Column value{.name = "value", .path = {"value"}, .size = 4};
  value.offset = out.value_offset;
  value.meaning = holds_maps(map.type) ? record::Meaning::bpf_map : record::Meaning::bpf_program;
  out.schema.columns.push_back(std::move(value));
  out.schema.size = out.value_offset + 4;
  if (map.inner.empty() || !can_be_listed(map.inner[0])) return out;
  SKEP_TRY(auto inner, table_of_map(spec, map.inner[0]));
  out.inner.push_back(std::move(inner));
  return out;
}

}  // namespace

namespace {

Result<std::vector<PlannedTable>> tables_of(const ObjectSpec& spec, const MapFilter& may_be_one) {
  std::vector<PlannedTable> out;
  for (std::uint32_t i = 0; i < spec.maps.size(); ++i) {
    const MapSpec& map = spec.maps[i];
    if (map.name == stream::own_section || !may_be_one(map)) continue;
    if (map.section == DataSection::bss || map.section == DataSection::data) {
      SKEP_TRY(auto globals, table_of_globals(spec, i));
      if (globals) out.push_back(*std::move(globals));
    } else if (holds_things(map.type)) {
      SKEP_TRY(auto table, table_of_things(spec, map));
      out.push_back(std::move(table));
    } else if (!map.is_data() && can_be_listed(map)) {
      SKEP_TRY(auto table, table_of_map(spec, map));
      out.push_back(std::move(table));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<PlannedTable>> find_tables(const ObjectSpec& spec, const MapFilter& may_be_one) {
  SKEP_TRY(auto out, tables_of(spec, may_be_one));
  const record::Tags tags(spec.types);
  for (auto& table : out) {
    const auto* said = table.is_globals ? nullptr : tags.of(btf::Kind::var, table.map);
    if (said == nullptr) continue;
    table.about = said->about;
    table.is_hidden = said->hidden;
  }
  return out;
}

Result<void> find_forms(const ObjectSpec& spec, std::vector<PlannedTable>& tables, bool per_cpu) {
  for (auto& table : tables) {
    SKEP_CHECK(find_forms(spec, table.inner, per_cpu));
    if (holds_things(table.type)) continue;
    const auto map = std::ranges::find(spec.maps, table.map, &MapSpec::name);
    const auto index = static_cast<std::uint32_t>(map - spec.maps.begin());
    const bool has_own_stacks = !table.is_globals && map != spec.maps.end();
    if (has_own_stacks) {
      table.stacks = find_stacks(spec, table.schema, index, table.value_offset);
    }
    const bool can_be_added = is_all_numbers(table) && !has_stack_in_value(table);
    if (is_per_cpu(table.type) && (per_cpu || !can_be_added)) give_each_cpu_a_row(table);
    table.omits_cpus = table.by_cpu && !per_cpu;
    SKEP_CHECK(find_histograms(spec, table));
    if (has_slots(table) && table.by_cpu) table.stacks = {};
  }
  return {};
}

std::vector<std::string> notes_on_cpus(const std::vector<PlannedTable>& tables) {
  std::vector<std::string> out;
  for (const auto& table : tables) {
    if (!table.omits_cpus || !table.shown) continue;
    const auto odd = std::ranges::find_if(table.schema.columns, [&](const auto& column) {
      return column.offset >= table.value_offset && !is_countable(column);
    });
    const bool has_name = odd != table.schema.columns.end() && !has_stack_in_value(table);
    out.push_back(fmt::format(
        "map '{}' has a row for each CPU that wrote there: {} cannot be added up", table.map,
        has_name ? fmt::format("'{}'", odd->name) : "what stands in its values"));
  }
  return out;
}

namespace {

// Differences may be negative.
PlannedTable with_signs(PlannedTable table, const TableOptions& options) {
  if (options.change == TableOptions::Change::none) return table;
  for (auto& column : table.schema.columns) {
    if (column.offset < table.value_offset || !is_countable(column)) continue;
    column.is_signed = true;
    if (column.meaning == record::Meaning::unsigned_integer) {
      column.meaning = record::Meaning::signed_integer;
    }
  }
  return table;
}

}  // namespace

TableReader::TableReader(const Map& map, const PlannedTable& planned, const SessionOptions& options,
                         Stacks* stacks)
    : map_(&map),
      table_(with_signs(planned, options.tables)),
      session_(&options),
      options_(options.tables),
      stacks_(table_.stacks.any() && names_stacks(options.format) ? stacks : nullptr),
      rows_(stacks_ == nullptr ? table_.schema : without_stacks(table_.schema, table_.stacks),
            std::nullopt, options, table_.map),
      header_(options.header),
      is_for_people_(options.format == Format::table),
      is_folded_(options.format == Format::folded),
      width_(options.width) {
  const PlannedTable& table = table_;
  rows_.show_stacks(chosen_stacks(table.stacks, table.schema, options.columns), 0, stacks);
  rows_.show_histograms({table, options});
  // The one entry of an array needs no name.
  const bool is_only = is_array(table.type) && map.spec().max_entries == 1 && !table.is_globals;
  if (!has_slots(table) || is_only) return;
  auto schema = table.schema;
  for (auto one = table.histograms.rbegin(); one != table.histograms.rend(); ++one) {
    schema.columns.erase(schema.columns.begin() + static_cast<std::ptrdiff_t>(one->column));
  }
  schema = without_stacks(std::move(schema), table.stacks);
  if (!schema.columns.empty()) labels_.emplace(schema, std::nullopt, options);
}

// Per-CPU values: one after the other, each on a multiple of 8 bytes.
void TableReader::add_entry(Entries& entries, std::span<const std::byte> key,
                            std::span<const std::byte> value) const {
  Entry entry(table_.schema.size);
  std::ranges::copy(key.first(std::min(key.size(), entry.size())), entry.begin());
  const auto room =
      std::span(entry).subspan(std::min<std::size_t>(table_.value_offset, entry.size()));
  if (!is_per_cpu(table_.type)) {
    std::ranges::copy(value.first(std::min(value.size(), room.size())), room.begin());
    entries.push_back(std::move(entry));
    return;
  }
  const std::size_t stride = (map_->spec().value_size + std::size_t{7}) / 8 * 8;
  // A key of which no CPU has anything is shown once.
  const bool omits = table_.omits_cpus && !is_all_zero(value);
  for (std::uint32_t cpu = 0; (cpu + 1) * stride <= value.size(); ++cpu) {
    const auto one = value.subspan(cpu * stride, stride);
    if (!table_.by_cpu) {
      add_up(table_, entry, one);
      continue;
    }
    // A CPU that never wrote has no stack, not that of id 0.
    const bool is_spare = omits || has_stack_in_value(table_);
    if (is_spare && is_all_zero(one)) continue;
    if (table_.omits_cpus && !omits && cpu > 0) continue;
    Entry row = entry;
    const auto place = std::span(row).subspan(table_.value_offset);
    std::ranges::copy(one.first(std::min<std::size_t>(map_->spec().value_size, place.size())),
                      place.begin());
    store_number(row, table_.schema.columns.front().offset, 4, cpu);
    entries.push_back(std::move(row));
  }
  if (!table_.by_cpu) entries.push_back(std::move(entry));
}

// Entries of an array cannot be deleted: they become zero. What is counted between the reading and
// this is lost.
Result<void> TableReader::clear_array() const {
  const std::vector<std::byte> zero(map_->value_bytes());
  for (std::uint32_t i = 0; i < map_->spec().max_entries; ++i) {
    SKEP_CHECK(map_->update(std::as_bytes(std::span(&i, 1)), zero));
  }
  return {};
}

Result<Entries> TableReader::read(Sweep::Take take) const {
  Entries entries;
  if (table_.is_globals) {
    const std::uint32_t zero = 0;
    SKEP_TRY(auto value, map_->lookup(std::as_bytes(std::span(&zero, 1))));
    // Slots that are all zero are there to be copied: what new entries of a map begin with.
    const bool is_pattern = has_slots(table_) && value &&
                            std::ranges::count(*value, std::byte{0}) == std::ssize(*value);
    if (value && !is_pattern) entries.push_back(*std::move(value));
    return entries;
  }
  Sweep sweep(*map_, take);
  for (;;) {
    SKEP_TRY(const bool more, sweep.next());
    if (!more) break;
    for (std::size_t i = 0; i < sweep.size(); ++i) add_entry(entries, sweep.key(i), sweep.value(i));
  }
  // What nobody wrote stands in an array as well: only what is not zero is shown, but in the
  // smallest, where that is the answer.
  if (is_array(table_.type) && table_.histograms.empty() && map_->spec().max_entries > 1) {
    std::erase_if(entries, [&](const Entry& entry) {
      const std::size_t end = table_.by_cpu ? entry.size() - 4 : entry.size();
      return std::all_of(entry.begin() + table_.value_offset,
                         entry.begin() + static_cast<std::ptrdiff_t>(end),
                         [](std::byte byte) { return byte == std::byte{0}; });
    });
  }
  return entries;
}

// How often a stack was seen: the first number of the value.
std::uint64_t TableReader::count_of(std::span<const std::byte> entry) const {
  for (const auto& column : table_.schema.columns) {
    const bool is_stack = std::ranges::any_of(
        table_.stacks.stacks, [&](const auto& stack) { return stack.field.column == column.name; });
    if (column.offset < table_.value_offset || is_stack || !column.dimensions.empty()) continue;
    if (is_countable(column)) return load_number(entry, column.offset, column.size);
  }
  return 1;
}

Result<void> TableReader::remember() const {
  if (stacks_ == nullptr) return {};
  SKEP_TRY(const auto entries, read(Sweep::Take::no));
  for (const auto& entry : entries) stacks_->remember(table_.stacks, entry);
  return {};
}

Result<void> TableReader::begin() {
  if (options_.change == TableOptions::Change::none) return {};
  SKEP_TRY(const auto entries, read(Sweep::Take::no));
  changes_.begin(entries, table_);
  return {};
}

Result<TableReader::Count> TableReader::append(RowOutput& to) {
  if (is_folded_ && stacks_ == nullptr) return Count{};
  const bool takes = options_.clear && !is_array(table_.type) && !leads_elsewhere(map_->spec());
  SKEP_TRY(auto entries, read(takes ? Sweep::Take::yes : Sweep::Take::no));
  if (options_.clear && is_array(table_.type) && !table_.is_globals) SKEP_CHECK(clear_array());
  if (options_.change != TableOptions::Change::none) {
    const auto now = std::chrono::steady_clock::now();
    changes_.keep(entries, table_, options_.change == TableOptions::Change::rate,
                  std::chrono::duration_cast<std::chrono::milliseconds>(now - last_));
    last_ = now;
  }
  const auto unwanted =
      std::erase_if(entries, [this](const Entry& entry) { return !rows_.wants(entry); });
  sort_entries(entries, table_);
  if (options_.top && entries.size() > *options_.top) entries.resize(*options_.top);
  const std::size_t start = to.text.size();
  if (is_for_people_) to.end_rows();
  if (header_ && is_for_people_ && !entries.empty()) {
    fmt::format_to(std::back_inserter(to.text), "\n{}:\n", table_.map);
    if (table_.histograms.empty()) rows_.append_header(to.text);
  }
  if (!table_.histograms.empty() && is_for_people_) {
    append_as_histograms(to.text, entries);
  } else {
    for (const auto& entry : entries) rows_.append(to.text, entry, count_of(entry));
  }
  to.end_row(start);
  if (!table_.inner.empty()) SKEP_CHECK(append_inner(to, entries));
  return Count{entries.size(), unwanted};
}

// "sessions[7]:" and what that map holds. One that is gone by now is passed over.
Result<void> TableReader::append_inner(RowOutput& to, const Entries& entries) const {
  for (const auto& entry : entries) {
    const auto id = load_number(entry, table_.value_offset, 4);
    const auto map = Map::by_id(static_cast<std::uint32_t>(id));
    if (!map) continue;
    PlannedTable inner = table_.inner.front();
    inner.map = fmt::format("{}[{}]", table_.map, name_of_key(entry));
    TableReader reader(*map, inner, *session_, nullptr);
    SKEP_CHECK(reader.append(to));
    to.end_rows();
  }
  return {};
}

// A number, or the bytes in hex.
std::string TableReader::name_of_key(const Entry& entry) const {
  const auto size = map_->spec().key_size;
  if (size <= 8) return fmt::format("{}", load_number(entry, 0, size));
  std::string out;
  record::Writer writer(out);
  record::write_hex_bytes(writer,
                          std::span(entry).first(std::min<std::size_t>(size, entry.size())));
  return out;
}

// One for each key; those of an array are the slots of a single one.
void TableReader::append_as_histograms(std::string& out, const Entries& entries) const {
  const record::HistogramOptions options{.width = width_, .indent = 2};
  if (table_.slots_are_entries) {
    const auto& histogram = table_.histograms.front();
    std::vector<std::uint64_t> slots;
    for (const auto& entry : entries) slots.push_back(slots_of(table_, histogram, entry).front());
    record::append_histogram(out, slots, histogram.scale, options);
    return;
  }
  for (const auto& entry : entries) {
    if (labels_) {
      labels_->append_header(out);
      labels_->append(out, entry);
    }
    if (stacks_ != nullptr) stacks_->append(out, table_.stacks, entry);
    for (const auto& histogram : table_.histograms) {
      const auto& name = table_.schema.columns[histogram.column].name;
      if (table_.histograms.size() > 1) fmt::format_to(std::back_inserter(out), "  {}:\n", name);
      record::append_histogram(out, slots_of(table_, histogram, entry), histogram.scale, options);
    }
  }
}

}  // namespace skep::run
