// run/stack_columns.hpp: which columns of a row are stacks, and of which process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/schema.hpp"
#include "run/process_column.hpp"
#include "skep/spec.hpp"

namespace skep::run {

// The last part of a column's name, in small letters.
[[nodiscard]] std::string word_of(const record::Column& column);
// No list; also one that has a meaning of its own: a process, a size.
[[nodiscard]] bool is_single_integer(const record::Column& column);

// An integer within a row.
struct RowField {
  std::string column;        // its name in the schema
  std::uint32_t offset = 0;  // bytes from the row's start
  std::uint32_t size = 0;    // bytes, 1 to 8
};

// A column that stands for a stack.
struct PlannedStack {
  std::string name;  // as it is shown: "kern_stack" for "kern_stack_id"
  RowField field;    // the id; or the first of the addresses
  // The maps that its ids are of; more than one where nothing tells which. None: the row holds the
  // addresses themselves.
  std::vector<std::string> maps;
  std::uint32_t most_bytes = 0;    // of addresses in the row; 0: to the row's end
  std::optional<RowField> filled;  // how many of these are
  bool filled_is_count = false;    // they are counted in addresses, not in bytes
  bool by_build_id = false;        // it holds struct bpf_stack_build_id, not addresses
  std::string found_by;            // in words
};

// Those of one kind of row.
struct RowStacks {
  std::vector<PlannedStack> stacks;
  std::optional<ProcessColumn> process;  // whose user addresses they are
  std::optional<RowField> command;       // its name: a text

  [[nodiscard]] bool any() const noexcept { return !stacks.empty(); }
};

// The stacks of a record, whose columns' types are of `types`.
[[nodiscard]] RowStacks find_stacks(const ObjectSpec& spec, const Btf& types,
                                    const record::Schema& schema);
// The same of an entry of map `map`, an index into spec.maps, whose value begins at `value_offset`:
// ids are also known by the instructions that make them a part of a key or a value.
[[nodiscard]] RowStacks find_stacks(const ObjectSpec& spec, const record::Schema& schema,
                                    std::uint32_t map, std::uint32_t value_offset);

// Those among the columns that were chosen (--columns); none chosen: all.
[[nodiscard]] RowStacks chosen_stacks(const RowStacks& row, const record::Schema& schema,
                                      const std::vector<std::string>& columns);

// What is left of the row beside its stacks.
[[nodiscard]] record::Schema without_stacks(record::Schema schema, const RowStacks& stacks);

// "stack of 'stackmap', by its name; of the process 'tgid'".
[[nodiscard]] std::string describe(const PlannedStack& stack, const RowStacks& row);

}  // namespace skep::run
