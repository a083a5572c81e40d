// run/stacks.hpp: stacks of rows, with the names of their functions.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "run/session.hpp"
#include "run/stack_columns.hpp"
#include "skep/maps/stack_trace.hpp"
#include "skep/object.hpp"
#include "skep/symbol.hpp"

namespace skep::run {

// Made once a session; does nothing until a row has a stack.
class Stacks {
 public:
  // Borrows the object.
  Stacks(const Object& object, const SessionOptions& options);

  // Appends the stacks of a row to its line, which ends with a newline: as a tree below it, as
  // members of the JSON object, as fields of CSV. Folded, there is no line before, and one for each
  // row is appended: "command;outermost;…;innermost count".
  void append(std::string& out, const RowStacks& row, std::span<const std::byte> bytes,
              std::uint64_t count = 1);

  // Has a look at the process of a row while it runs.
  void remember(const RowStacks& row, std::span<const std::byte> bytes);

  // One address as text: a function of the kernel, or of process `pid`.
  [[nodiscard]] std::string symbolise(std::uint64_t address, pid_t pid = -1);

  // What was not named, and why; one sentence each. For the end of a session.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  struct Stack {
    std::vector<Frame> frames;  // innermost first
    bool is_user = false;
    std::string error, meaning;  // why there is none: "EFAULT", and what that says
  };

  [[nodiscard]] Stack find(const PlannedStack& planned, const RowStacks& row,
                           std::span<const std::byte> bytes);
  [[nodiscard]] Stack find_by_id(const PlannedStack& planned, std::int64_t id, pid_t pid);
  [[nodiscard]] Stack name(std::span<const std::uint64_t> addresses, pid_t pid);
  [[nodiscard]] Stack name(std::span<const StackTrace::UserFrame> frames, pid_t pid);
  [[nodiscard]] pid_t process_of(const RowStacks& row, std::span<const std::byte> bytes) const;
  void append_json(std::string& out, std::string_view name, const Stack& stack) const;
  void append_csv(std::string& out, const Stack& stack) const;
  void append_tree(std::string& out, std::string_view name, const Stack& stack) const;
  void append_folded(std::string& out, const RowStacks& row, std::span<const std::byte> bytes,
                     std::span<const Stack> stacks, std::uint64_t count) const;
  void count_frames(const Stack& stack);

  const Object* object_;
  Format format_;
  std::size_t width_;
  pid_t default_pid_;  // where rows name no process: the only one that is watched
  std::function<void(std::string_view)> progress_;
  bool reads_kernel_ = false;
  KernelSymbols kernel_;
  UserSymbols users_;
  std::uint64_t frames_ = 0, unnamed_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> reasons_;  // of those without a name
};

// The fields' names, and as many empty ones, at the end of a line of CSV.
void append_csv_header(std::string& out, const RowStacks& row);
void append_csv_nothing(std::string& out, const RowStacks& row);

}  // namespace skep::run
