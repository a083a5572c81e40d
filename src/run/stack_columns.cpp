#include "run/stack_columns.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "record/select.hpp"
#include "stream/stack_ids.hpp"

namespace skep::run {
namespace {

using record::Column;
using record::Meaning;

// Also one that has a meaning of its own: a process, a size.
bool is_integer(const Column& column) {
  for (const auto other :
       {Meaning::text, Meaning::bytes, Meaning::structure, Meaning::floating, Meaning::character,
        Meaning::text_span, Meaning::words_span, Meaning::dump, Meaning::ip, Meaning::mac}) {
    if (column.meaning == other) return false;
  }
  return column.bit_size == 0 && !column.flexible && column.size >= 1 && column.size <= 8;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(
      words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

bool is_called_stack(std::string_view word) {
  return has_any(word, {"stack", "callchain", "backtrace", "call_chain"}) || word == "ips" ||
         word == "frames";
}

// What a stack is called when its size stands beside it.
bool is_called_side(std::string_view word) {
  return word == "kernel" || word == "kern" || word == "user" || word == "addrs" ||
         word == "callers";
}

// A number about a stack that is no id.
bool is_measure(std::string_view word) {
  return has_any(word, {"sz", "size", "len", "depth", "cnt", "count", "num", "bytes", "ptr", "base",
                        "top", "start", "end", "off", "limit", "ns"});
}

bool is_id(const Column& column) {
  const std::string word = word_of(column);
  const bool is_short = word == "ksid" || word == "usid";
  return is_single_integer(column) && column.size >= 4 &&
         (is_short || (is_called_stack(word) && !is_measure(word)));
}

bool are_addresses(const Column& column) {
  const bool is_address = column.meaning == Meaning::pointer || is_integer(column);
  return is_address && column.size == 8 && column.dimensions.size() == 1 &&
         column.dimensions[0].stride == 8 && column.dimensions[0].count != 1;
}

RowField field_of(const Column& column) { return {column.name, column.offset, column.size}; }

bool speaks_of_user(std::string_view word) {
  return has_any(word, {"user"}) || word.starts_with('u') || has_any(word, {"_u_", "_ustack"});
}

bool speaks_of_kernel(std::string_view word) {
  return has_any(word, {"kern"}) || word.starts_with('k') || has_any(word, {"_k_", "_kstack"});
}

// The maps of stacks: all, or the one whose name speaks of the same side.
std::vector<std::string> maps_for(const ObjectSpec& spec, std::string_view word) {
  std::vector<std::string> all, fitting;
  for (const auto& map : spec.maps) {
    if (map.type != MapType::stack_trace) continue;
    all.push_back(map.name);
    const bool user = speaks_of_user(word) && speaks_of_user(map.name);
    const bool kernel = speaks_of_kernel(word) && speaks_of_kernel(map.name);
    if (user || kernel) fitting.push_back(map.name);
  }
  return fitting.size() == 1 ? fitting : all;
}

// "kern_stack" for "kern_stack_id", "kstack" for "kstackid", "stack" for "key".
std::string shown_name(std::string word) {
  for (const std::string_view end : {"_id", "id"}) {
    if (word.size() > end.size() && word.ends_with(end)) {
      word.resize(word.size() - end.size());
      break;
    }
  }
  return is_called_stack(word)              ? word
         : word == "key" || word == "value" ? "stack"
                                            : word + "_stack";
}

class Finder {
 public:
  Finder(const ObjectSpec& spec, const Btf& types, const record::Schema& schema)
      : spec_(spec), types_(types), schema_(schema) {}

  void add_by_name() {
    for (const auto& column : schema_.columns) {
      if (is_taken(column)) continue;
      const auto word = word_of(column);
      if (are_by_build_id(column)) {
        add_addresses(column, find_filled(column));
        out_.stacks.back().by_build_id = true;
        out_.stacks.back().found_by = "its type";
        out_.stacks.back().most_bytes = column.dimensions[0].count * column.dimensions[0].stride;
        continue;
      }
      if (are_addresses(column) && is_called_stack(word)) {
        add_addresses(column, find_filled(column));
      } else if (are_addresses(column) && is_called_side(word)) {
        if (const auto* filled = find_filled(column)) add_addresses(column, filled);
      } else if (is_id(column)) {
        add_id(column, maps_for(spec_, word_of(column)), "its name");
      }
    }
  }

  void add_by_use(std::uint32_t map, std::uint32_t value_offset) {
    for (const auto& use : stream::find_stack_ids(spec_)) {
      if (use.map != map) continue;
      const std::uint32_t at = use.is_in_key ? use.offset : value_offset + use.offset;
      const auto column = std::ranges::find_if(schema_.columns, [&](const Column& one) {
        return one.offset == at && is_single_integer(one) && one.size >= 4;
      });
      if (column == schema_.columns.end()) continue;
      const auto& name = spec_.maps[use.stacks].name;
      if (PlannedStack* known = find(*column)) {
        if (std::ranges::find(known->maps, name) == known->maps.end()) known->maps.push_back(name);
      } else {
        add_id(*column, {name}, "what the instructions put there");
      }
    }
  }

  RowStacks take() {
    if (out_.any()) {
      out_.process = find_process_column(schema_);
      out_.command = find_command();
    }
    return std::move(out_);
  }

 private:
  // What bpf_get_stack() fills with BPF_F_USER_BUILD_ID.
  [[nodiscard]] bool are_by_build_id(const Column& column) const {
    return column.meaning == Meaning::structure && column.dimensions.size() == 1 &&
           types_.strip(column.type).name() == "bpf_stack_build_id";
  }

  [[nodiscard]] PlannedStack* find(const Column& column) {
    const auto found = std::ranges::find_if(
        out_.stacks, [&](const PlannedStack& stack) { return stack.field.column == column.name; });
    return found == out_.stacks.end() ? nullptr : &*found;
  }
  [[nodiscard]] bool is_taken(const Column& column) { return find(column) != nullptr; }

  // No other member of the row, as JSON has it, may be called so.
  [[nodiscard]] std::string free_name(const std::string& wanted, const Column& column) const {
    const auto is_used = [&](const std::string& name) {
      const auto is_column = [&](const Column& one) {
        return &one != &column && !one.path.empty() && one.path.front() == name;
      };
      return std::ranges::any_of(schema_.columns, is_column) ||
             std::ranges::find(out_.stacks, name, &PlannedStack::name) != out_.stacks.end();
    };
    std::string name = wanted;
    for (int i = 2; is_used(name); ++i) name = fmt::format("{}_{}", wanted, i);
    return name;
  }

  void add_id(const Column& column, std::vector<std::string> maps, std::string found_by) {
    if (maps.empty()) return;
    out_.stacks.push_back({.name = free_name(shown_name(word_of(column)), column),
                           .field = field_of(column),
                           .maps = std::move(maps),
                           .found_by = std::move(found_by)});
  }

  // The number beside it that says how much of it is filled: "kstack_sz" of "kstack".
  [[nodiscard]] const Column* find_filled(const Column& column) const {
    const auto name = word_of(column);
    const auto found = std::ranges::find_if(schema_.columns, [&](const Column& other) {
      const auto word = word_of(other);
      return is_single_integer(other) && is_measure(word) &&
             (word.starts_with(name) || word.ends_with("_" + name));
    });
    return found == schema_.columns.end() ? nullptr : &*found;
  }

  void add_addresses(const Column& column, const Column* filled) {
    PlannedStack stack{.name = free_name(shown_name(word_of(column)), column),
                       .field = field_of(column),
                       .most_bytes = column.dimensions[0].count * 8,
                       .found_by = "its name"};
    if (filled != nullptr) {
      stack.filled = field_of(*filled);
      stack.filled_is_count = has_any(word_of(*filled), {"cnt", "count", "depth", "num"});
    }
    out_.stacks.push_back(std::move(stack));
  }

  [[nodiscard]] std::optional<RowField> find_command() const {
    for (const std::string_view wanted : {"comm", "command", "name", "task"}) {
      for (const auto& column : schema_.columns) {
        if (column.meaning != Meaning::text || !column.dimensions.empty()) continue;
        if (word_of(column) == wanted) return field_of(column);
      }
    }
    return std::nullopt;
  }

  const ObjectSpec& spec_;
  const Btf& types_;  // of the columns
  const record::Schema& schema_;
  RowStacks out_;
};

}  // namespace

std::string word_of(const Column& column) {
  std::string out = column.path.empty() ? column.name : column.path.back();
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

bool is_single_integer(const Column& column) {
  return is_integer(column) && column.dimensions.empty();
}

RowStacks find_stacks(const ObjectSpec& spec, const Btf& types, const record::Schema& schema) {
  Finder finder(spec, types, schema);
  finder.add_by_name();
  return finder.take();
}

RowStacks find_stacks(const ObjectSpec& spec, const record::Schema& schema, std::uint32_t map,
                      std::uint32_t value_offset) {
  Finder finder(spec, spec.types, schema);
  finder.add_by_use(map, value_offset);
  finder.add_by_name();
  return finder.take();
}

RowStacks chosen_stacks(const RowStacks& row, const record::Schema& schema,
                        const std::vector<std::string>& columns) {
  if (columns.empty()) return row;
  RowStacks out = row;
  std::erase_if(out.stacks, [&](const PlannedStack& stack) {
    return std::ranges::none_of(columns, [&](const std::string& name) {
      const auto found = record::find_columns(schema, name);
      return std::ranges::any_of(
          found, [&](std::size_t i) { return schema.columns[i].name == stack.field.column; });
    });
  });
  return out;
}

record::Schema without_stacks(record::Schema schema, const RowStacks& stacks) {
  std::erase_if(schema.columns, [&](const Column& column) {
    return std::ranges::any_of(stacks.stacks, [&](const PlannedStack& stack) {
      return stack.field.column == column.name ||
             (stack.filled && stack.filled->column == column.name);
    });
  });
  return schema;
}

std::string describe(const PlannedStack& stack, const RowStacks& row) {
  const std::string_view what = stack.by_build_id ? "build ids" : "addresses";
  std::string out = stack.maps.empty() ? fmt::format("{} in '{}'", what, stack.field.column)
                                       : fmt::format("'{}' is an id of {}", stack.field.column,
                                                     fmt::join(stack.maps, " or "));
  out += ", by " + stack.found_by;
  return out + (row.process ? fmt::format("; the process is '{}'", row.process->column)
                            : "; no column names the process");
}

}  // namespace skep::run
