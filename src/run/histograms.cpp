#include "run/histograms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <set>

#include "base/error.hpp"
#include "isa/opcode.hpp"
#include "record/histogram.hpp"
#include "record/select.hpp"
#include "record/tags.hpp"
#include "record/text.hpp"
#include "run/entries.hpp"
#include "run/map_kinds.hpp"

namespace skep::run {
namespace {

using record::Column;
using record::Scale;

constexpr std::size_t most_powers = 2;  // that code compares with for other reasons

// 4, 7, 8, 15 …: where a ladder of comparisons has its steps.
bool is_step(std::uint32_t value) {
  return value >= 4 && value < 0x80000000 &&
         (std::has_single_bit(value) || ((value + 1) & value) == 0);
}

// A narrower number made 64 bits wide: shifted up and down again.
bool is_extension(std::span<const Insn> code, std::size_t at) {
  if (at == 0) return false;
  const Insn &up = code[at - 1], &down = code[at];
  return isa::operation_of(up) == isa::op_lsh && isa::is_arithmetic(up) &&
         !isa::uses_source_register(up) && up.imm == down.imm && up.dst() == down.dst();
}

// What takes a logarithm shifts by a register or bit by bit, multiplies by a magic number, climbs a
// ladder of powers of two, or calls somebody who does.
bool may_take_logarithms(const FunctionSpec& function) {
  std::set<std::int32_t> steps;
  const auto& code = function.instructions;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const Insn& insn = code[i];
    if (isa::is_lddw(insn)) {
      if (is_step(static_cast<std::uint32_t>(insn.imm))) steps.insert(insn.imm);
      ++i;
      continue;
    }
    const bool is_register = isa::uses_source_register(insn);
    const auto operation = isa::operation_of(insn);
    if (isa::is_arithmetic(insn)) {
      const bool is_down = operation == isa::op_rsh || operation == isa::op_arsh;
      if (is_register && (is_down || operation == isa::op_lsh || operation == isa::op_mul)) {
        return true;
      }
      if (is_down && insn.imm != 32 && !is_extension(code, i)) return true;
    } else if (isa::is_jump(insn) && !is_register &&
               is_step(static_cast<std::uint32_t>(insn.imm))) {
      steps.insert(insn.imm);
    }
  }
  const bool calls_kernel = std::ranges::any_of(function.relocations, [](const Relocation& one) {
    return one.kind == Relocation::Kind::extern_call;
  });
  return calls_kernel || steps.size() > most_powers;
}

bool is_linear_by_name(std::string_view name) {
  return name.find("linear") != name.npos || name.find("lhist") != name.npos;
}

PlannedHistogram infer(const ObjectSpec& spec, const PlannedTable& table, std::size_t column) {
  const auto& name = table.schema.columns[column].name;
  if (is_linear_by_name(table.map) || is_linear_by_name(name)) {
    return {column, {.kind = Scale::Kind::slots}, "its name"};
  }
  if (std::ranges::none_of(spec.functions, may_take_logarithms)) {
    return {
        column, {.kind = Scale::Kind::slots}, "the instructions, none of which takes a logarithm"};
  }
  return {column, {}, "its name"};
}

// The value is one number, or one list of numbers.
bool is_one_count(const PlannedTable& table, bool is_list) {
  const auto& columns = table.schema.columns;
  return columns.size() == 2 && is_countable(columns[1]) &&
         columns[1].dimensions.size() == (is_list ? 1 : 0);
}

Result<void> add_as_said(PlannedTable& table, const Scale& scale) {
  const bool are_entries = is_array(table.type) && is_one_count(table, false);
  if (!are_entries && !is_one_count(table, true)) {
    return fail(
        ErrorKind::bad_input,
        "map '{}' ({}): SKEP_LOG2 and SKEP_LINEAR stand beside an array of counts, or a map "
        "whose value is one",
        table.map, name_of(table.type));
  }
  table.histograms = {{1, scale, "its author"}};
  table.slots_are_entries = are_entries;
  return {};
}

void put_range(std::string& out, const Scale& scale, std::size_t slot, std::size_t slots,
               std::string_view prefix) {
  const auto range = record::range_of(scale, slot, slots);
  if (!range) {
    fmt::format_to(std::back_inserter(out), "\"{}slot\":{}", prefix, slot);
    return;
  }
  fmt::format_to(std::back_inserter(out), "\"{}from\":{}", prefix, range->low);
  if (range->high) fmt::format_to(std::back_inserter(out), ",\"{}to\":{}", prefix, *range->high);
}

void put_text(std::string& out, std::string_view text) {
  record::Writer writer(out);
  record::write_json_text(writer, text);
}

void put_histogram(std::string& out, const Column& column, const Scale& scale,
                   std::span<const std::uint64_t> slots) {
  put_text(out, column.name);
  out += ":{";
  if (!scale.unit.empty()) {
    out += "\"unit\":";
    put_text(out, scale.unit);
    out += ',';
  }
  out += "\"ranges\":[";
  const auto [begin, end] = record::filled(slots);
  for (std::size_t i = begin; i < end; ++i) {
    out += i == begin ? "{" : ",{";
    put_range(out, scale, i, slots.size(), "");
    fmt::format_to(std::back_inserter(out), ",\"count\":{}}}", slots[i]);
  }
  out += "]}";
}

bool is_chosen(const record::Schema& schema, std::size_t column, const RowOptions& options) {
  return options.columns.empty() ||
         std::ranges::any_of(options.columns, [&](const std::string& name) {
           return std::ranges::count(record::find_columns(schema, name), column) > 0;
         });
}

}  // namespace

Result<void> find_histograms(const ObjectSpec& spec, PlannedTable& table) {
  const auto& columns = table.schema.columns;
  const record::Tags tags(spec.types);
  const auto* said = tags.of(btf::Kind::var, table.map);
  if (!table.is_globals && said != nullptr && said->scale) return add_as_said(table, *said->scale);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_called_so = columns[i].path.back() == "slots" || columns[i].name == "slots";
    const bool is_list = columns[i].dimensions.size() == 1 && columns[i].dimensions[0].count > 1;
    if (columns[i].scale) {
      table.histograms.push_back({i, *columns[i].scale, "its author"});
    } else if (is_called_so && is_list && is_countable(columns[i])) {
      table.histograms.push_back(infer(spec, table, i));
    }
  }
  // An array of single counts that is called a histogram or a distribution.
  const bool is_named =
      table.map.find("hist") != std::string::npos || table.map.find("dist") != std::string::npos;
  if (table.histograms.empty() && is_array(table.type) && is_named && is_one_count(table, false)) {
    table.histograms.push_back(infer(spec, table, 1));
    table.slots_are_entries = true;
  }
  return {};
}

std::vector<std::uint64_t> slots_of(const PlannedTable& table, const PlannedHistogram& histogram,
                                    std::span<const std::byte> entry) {
  const auto& column = table.schema.columns[histogram.column];
  if (column.dimensions.empty()) return {load_number(entry, column.offset, column.size)};
  std::vector<std::uint64_t> out(column.dimensions[0].count);
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    out[i] = load_number(entry, column.offset + i * column.size, column.size);
  }
  return out;
}

HistogramMembers::HistogramMembers(const PlannedTable& table, const RowOptions& options) {
  const bool is_json = options.format == Format::json || options.format == Format::yaml;
  if (!is_json || table.histograms.empty()) return;
  table_ = table;
  std::erase_if(table_.histograms, [&](const PlannedHistogram& histogram) {
    return !is_chosen(table.schema, histogram.column, options);
  });
}

// The key is the slot's number.
void HistogramMembers::append_slot(std::string& out, std::span<const std::byte> entry) const {
  const auto& scale = table_.histograms.front().scale;
  if (scale.kind == Scale::Kind::slots) return;
  const auto& key = table_.schema.columns.front();
  out += ',';
  put_range(out, scale, load_number(entry, key.offset, key.size), table_.entries, "_");
  if (scale.unit.empty()) return;
  out += ",\"_unit\":";
  put_text(out, scale.unit);
}

void HistogramMembers::append(std::string& out, std::span<const std::byte> entry) const {
  if (!any()) return;
  constexpr std::string_view end = "}\n";
  out.resize(out.size() - end.size());
  if (table_.slots_are_entries) {
    append_slot(out, entry);
  } else {
    out += ",\"_histogram\":{";
    for (const auto& histogram : table_.histograms) {
      if (out.back() != '{') out += ',';
      put_histogram(out, table_.schema.columns[histogram.column], histogram.scale,
                    slots_of(table_, histogram, entry));
    }
    out += '}';
  }
  out += end;
}

}  // namespace skep::run
