// record/where.hpp: which records are wanted: `pid == 42 && ret < 0 && comm ~ "ngi*"`.
//
// An expression is typed against a schema once, and becomes a list of tests on bytes at offsets,
// each with the test to go on with if it holds and if it does not. Nothing is allocated or looked
// up while events flow. docs/design/where.md describes the language.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "record/schema.hpp"
#include "record/where_tree.hpp"

namespace skep::record {

// The same bits in two places: bits from the start of either.
struct SameBits {
  std::uint64_t here = 0, there = 0, size = 0;
};

class Where {
 public:
  // Errors: not_found for a column that the schema has not; invalid_argument for a comparison that
  // does not fit its type. Both point at the place.
  static Result<Where> compile(const where::Tree& tree, const Schema& schema);

  // No record passes.
  static Where nothing() {
    Where out;
    out.entry_ = reject;
    return out;
  }

  // A record that is too short for the columns asked about passes: it is broken, and is shown so.
  [[nodiscard]] bool operator()(Bytes record) const noexcept;

  // Where the text of a test comes from, and how numbers are compared.
  enum class Code : std::uint8_t {
    range,         // low <= value <= high, in the order of the type
    bits,          // value & low
    network,       // 4 bytes under a mask
    network_long,  // 8 bytes of an address, under a mask
    real_less,     // a floating number
    real_at_most,
    real_more,
    real_at_least,
    real_equal,
    bytes_equal,  // of fixed size
    text_any,     // not empty
    text_equal,
    text_like,
  };
  enum class Source : std::uint8_t { fixed, rest, span, words };

  struct Instruction {
    Code code = Code::range;
    Source source = Source::fixed;
    std::uint8_t size = 0, shift = 0, bits = 0;  // as Operation has them
    bool is_signed = false;
    bool is_big_endian = false;  // 2 bytes
    std::uint32_t offset = 0;
    std::uint32_t length = 0;       // bytes of a text
    std::uint64_t low = 0;          // in order: see order_of(); network: the value; real: its bits
    std::uint64_t span = 0;         // high - low; network: the mask
    std::uint32_t text = 0;         // which one
    std::uint32_t yes = 0, no = 0;  // where to go on: always to a lower one, or accept, reject
  };
  static constexpr std::uint32_t accept = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t reject = accept - 1;

  // For those who make something else of it: instructions, which one is the first to run (or
  // accept, reject), and their texts. Shorter records than required() pass.
  [[nodiscard]] const std::vector<Instruction>& instructions() const noexcept { return code_; }
  [[nodiscard]] std::uint32_t entry() const noexcept { return entry_; }
  [[nodiscard]] const std::vector<std::string>& texts() const noexcept { return texts_; }
  [[nodiscard]] std::size_t required() const noexcept { return required_; }

  // The same question about a place that holds some parts of the record, and is never too short.
  // Nothing when it is about others, too, or about a text without a fixed place.
  [[nodiscard]] std::optional<Where> elsewhere(std::span<const SameBits> parts) const;

 private:
  friend class WhereCompiler;
  [[nodiscard]] bool test(const Instruction& insn, Bytes record) const noexcept;
  [[nodiscard]] bool test_text(const Instruction& insn, Bytes record) const noexcept;

  std::vector<Instruction> code_;
  std::vector<std::string> texts_;
  std::uint32_t entry_ = accept;
  std::size_t required_ = 0;  // bytes
};

// Whether a text is as a pattern says: * any bytes, ? one character, [a-z] [!a-z] one of them,
// \ the next one as it is. Takes time in proportion to the product of both lengths, at most.
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace skep::record
