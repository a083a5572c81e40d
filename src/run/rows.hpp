// run/rows.hpp: one stream's records as lines of text.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "record/format.hpp"
#include "run/session.hpp"
#include "stream/trace_pipe.hpp"

namespace skep::run {

// Formats the records of one stream: which kind one is, its size says.
class RowWriter {
 public:
  RowWriter(const PlannedStream& stream, const SessionOptions& options);

  // One kind's. Which address it has does not change while the writer lives.
  class Kind {
   public:
    Kind(const record::Schema& schema, std::optional<std::uint32_t> bytes,
         const SessionOptions& options);
    void append_header(std::string& out) const;
    void append(std::string& out, std::span<const std::byte> record) const;

   private:
    friend class RowWriter;
    std::variant<record::TableFormatter, record::JsonFormatter> formatter_;
    std::optional<std::uint32_t> bytes_;
  };
  [[nodiscard]] const Kind& kind_of(std::span<const std::byte> record) const noexcept;

 private:
  [[nodiscard]] bool fits(const Kind& kind, std::size_t bytes) const noexcept;

  std::vector<Kind> kinds_;  // never empty; the last takes what fits none
  bool is_padded_ = false;   // a perf buffer: records are followed by bytes of no meaning
};

// The same for the lines of bpf_printk: pid, comm, text.
void append_printed_header(std::string& out, const SessionOptions& options);
void append_printed(std::string& out, const stream::PrintedLine& line,
                    const SessionOptions& options);

}  // namespace skep::run
