// run/row_output.hpp: where rows go: standard output, or files, one for each kind of row.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/rows.hpp"
#include "run/sink.hpp"
#include "skep/fd.hpp"

namespace skep::run {

// Rows that wait to be written, and what they are written to.
class RowOutput {
 public:
  // `fd` stays the caller's.
  explicit RowOutput(int fd) noexcept : fd_(fd) {}
  // Sees that the file can be written, and leaves what stands in it. Errors: what open(2) says;
  // invalid_argument for rotating what is no regular file.
  static Result<RowOutput> open(OutputFile file);
  // Begins the file anew; where it rotates, what stood there before becomes FILE.1. One that an
  // earlier session wrote is gone on with. Nothing for a descriptor.
  Result<void> start();

  std::string text;  // not yet written

  // Rows of `kind` follow: its header stands above them, unless those before were of that kind,
  // too.
  void begin(const RowWriter::Kind& kind);
  // What follows is no row: the next one has its header again.
  void end_rows() noexcept { kind_ = nullptr; }
  // What was appended since `start` is a row, or several that belong together: a file that would
  // grow too large ends before it.
  void end_row(std::size_t start);
  void append(const RowWriter::Kind& kind, std::span<const std::byte> record);

  // As Sink has them. Errors name the file; what could not be written, and what is appended later,
  // is dropped.
  [[nodiscard]] Result<Sink::Outcome> write(int interrupt);
  [[nodiscard]] Result<bool> finish(std::chrono::milliseconds patience);
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }  // bytes

 private:
  [[nodiscard]] bool drop_if_failed();
  [[nodiscard]] Result<Sink::Outcome> write_all_of_it(int interrupt);
  [[nodiscard]] Result<bool> finish_all_of_it(std::chrono::milliseconds patience);
  [[nodiscard]] Result<void> go_on();
  [[nodiscard]] Result<void> rotate();
  [[nodiscard]] Result<void> write_full_files(const Sink& sink);
  [[nodiscard]] Error explain(Error error) const;

  int fd_;
  Fd own_;
  OutputFile file_;
  const void* kind_ = nullptr;     // of the last row
  std::string header_;             // that kind's
  std::vector<std::size_t> ends_;  // in `text`: where a file ends and the next one begins
  std::uint64_t bytes_ = 0;        // of the file, with what waits for it
  bool has_rows_ = false;
  std::string above_;  // the header of the session before, until the first row
  bool has_failed_ = false;
  std::size_t dropped_ = 0;
};

// "10M", "64k:3": bytes, and how many old files are kept (5). Errors: invalid_argument.
[[nodiscard]] Result<void> parse_rotation(std::string_view text, OutputFile& file);

// All of a session's.
class RowOutputs {
 public:
  // With a file and rows of several kinds: one each, FILE.json becoming FILE.NAME.json. They are
  // left as they are until start(). Errors: those of RowOutput::open; invalid_argument where such
  // rows do not go into one output.
  static Result<RowOutputs> open(const Plan& plan, const SessionOptions& options);

  Result<void> start();

  // Which one the rows of a map, and there those of a type, go to.
  [[nodiscard]] std::size_t index_of(std::string_view map, std::string_view type) const;
  [[nodiscard]] RowOutput& operator[](std::size_t index) { return outputs_[index]; }

  [[nodiscard]] std::size_t waiting() const noexcept;  // bytes
  [[nodiscard]] std::size_t dropped() const noexcept;  // bytes that could not be written
  // The worst that came of any. What is `closed` has nothing left to write. An error is the first
  // one; the others were written all the same.
  [[nodiscard]] Result<Sink::Outcome> write(int interrupt);
  [[nodiscard]] Result<bool> finish(std::chrono::milliseconds patience);

 private:
  struct Source {
    std::string map, type;  // no type: all of the map's
  };
  static std::vector<Source> sources_of(const Plan& plan, Format format);

  std::vector<Source> sources_;
  std::vector<RowOutput> outputs_;  // one for all, or one for each source
};

inline constexpr std::string_view printed_source = "printk";

}  // namespace skep::run
