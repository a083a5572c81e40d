#include "record/where_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <set>
#include <utility>

#include "isa/opcode.hpp"

namespace skep::record {
namespace {

using namespace assembly;
using assembly::Code, assembly::Operation;
using Instruction = Where::Instruction;
using Test = Where::Code;

constexpr std::size_t most_instructions = 4096;
constexpr std::uint32_t most_offset = 32'000;  // of a load: 16 bits, signed

// A pattern without stars but at its end: a text, or what it begins with.
struct Fixed {
  std::string_view text;
  bool is_prefix = false;
};
std::optional<Fixed> as_fixed(std::string_view pattern) {
  const std::string_view text = pattern.substr(0, pattern.find_first_of("*?[\\"));
  const std::string_view rest = pattern.substr(text.size());
  if (rest.find_first_not_of('*') != std::string_view::npos) return std::nullopt;
  return Fixed{text, !rest.empty()};
}

// Bytes of the record that hold the number.
unsigned bytes_of(const Instruction& insn) {
  if (insn.is_big_endian) return 2;
  return insn.bits == 0 ? insn.size : (insn.shift + insn.bits + 7U) / 8;
}

std::string_view why_not(const Instruction& insn, const std::vector<std::string>& texts) {
  switch (insn.code) {
    case Test::range:
    case Test::bits:
      return bytes_of(insn) > 8 ? "the number lies across nine bytes" : "";
    case Test::network:
    case Test::network_long:
    case Test::bytes_equal:
      return "";
    case Test::real_less:
    case Test::real_at_most:
    case Test::real_more:
    case Test::real_at_least:
    case Test::real_equal:
      return "the kernel does not compute with floating numbers";
    case Test::text_any:
    case Test::text_equal:
    case Test::text_like:
      break;
  }
  if (insn.source != Where::Source::fixed) return "the text has no fixed place in the record";
  const bool is_pattern = insn.code == Test::text_like && !as_fixed(texts[insn.text]);
  return is_pattern ? "the pattern is more than the beginning of a text" : "";
}

std::string why_not(const Where& where) {
  for (const auto& insn : where.instructions()) {
    const auto why = why_not(insn, where.texts());
    if (!why.empty()) return std::string(why);
  }
  return {};
}

// An expression, taken apart at its `&&`.
class Splitter {
 public:
  Splitter(const where::Tree& tree, const Schema& schema, std::span<const SameBits> known)
      : tree_(tree), schema_(schema), known_(known) {}

  Result<KernelWhere> split() {
    std::vector<std::pair<std::uint32_t, bool>> waiting = {
        {static_cast<std::uint32_t>(tree_.nodes.size() - 1), false}};
    while (!waiting.empty()) {
      const auto [index, is_negated] = waiting.back();
      waiting.pop_back();
      const where::Node node = tree_.nodes[index];
      using Kind = where::Node::Kind;
      if (node.kind == Kind::negation) {
        waiting.emplace_back(node.left, !is_negated);
      } else if (node.kind == (is_negated ? Kind::disjunction : Kind::conjunction)) {
        waiting.emplace_back(node.right, is_negated);
        waiting.emplace_back(node.left, is_negated);
      } else {
        SKEP_CHECK(take(index, is_negated));
      }
    }
    SKEP_TRY(out_.where, compile(whole_));
    SKEP_TRY(const auto early, compile(early_));
    if (early) out_.early = early->elsewhere(known_);
    return std::move(out_);
  }

 private:
  std::uint32_t add(where::Node::Kind kind, std::uint32_t left, std::uint32_t right) {
    tree_.nodes.push_back({kind, left, right, {}});
    return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
  }

  // Of a node by itself: what is compiled is the last one.
  Result<std::optional<Where>> compile(std::optional<std::uint32_t> index) {
    if (!index) return std::nullopt;
    tree_.nodes.push_back(tree_.nodes[*index]);
    SKEP_TRY(auto where, Where::compile(tree_, schema_));
    tree_.nodes.pop_back();
    return where;
  }

  // With what has to hold already, if anything.
  std::uint32_t both(std::optional<std::uint32_t> before, std::uint32_t index) {
    return before ? add(where::Node::Kind::conjunction, *before, index) : index;
  }

  // In parentheses of its own: `(a) && (b)` begins and ends with those of others.
  [[nodiscard]] bool is_enclosed(std::uint32_t index) const {
    const where::Node& node = tree_.nodes[index];
    if (node.kind == where::Node::Kind::test) return tree_.text[node.place.at] == '(';
    return node.place.at < tree_.nodes[node.left].place.at;
  }

  Result<void> take(std::uint32_t index, bool is_negated) {
    const where::Place place = tree_.nodes[index].place;
    WherePart part{tree_.text.substr(place.at, place.size), {}};
    if (is_negated) {
      part.text = is_enclosed(index) ? "!" + part.text : fmt::format("!({})", part.text);
    }
    SKEP_TRY(const auto where, compile(index));
    part.why = why_not(*where);
    const bool fits = part.why.empty();
    part.is_early = fits && where->elsewhere(known_);
    out_.parts.push_back(part);
    if (!fits) return {};
    if (is_negated) index = add(where::Node::Kind::negation, index, 0);
    whole_ = both(whole_, index);
    if (part.is_early) early_ = both(early_, index);
    return {};
  }

  where::Tree tree_;
  const Schema& schema_;
  std::span<const SameBits> known_;
  std::optional<std::uint32_t> whole_, early_;
  KernelWhere out_;
};

bool fits_immediate(std::uint64_t value) {
  const auto number = static_cast<std::int64_t>(value);
  return number >= std::numeric_limits<std::int32_t>::min() &&
         number <= std::numeric_limits<std::int32_t>::max();
}

// r1: the record; r2: its bytes; r3: a number; r4, r5: for what does not fit an instruction.
class Generator {
 public:
  Generator(std::uint32_t alignment, const WhereCounter& counter)
      : alignment_(alignment), counter_(counter) {}

  std::optional<Code> generate(std::span<const KernelKind> kinds,
                               std::optional<std::uint32_t> bytes) {
    if (bytes) emit(mov(r2, static_cast<std::int32_t>(*bytes)));
    for (std::size_t i = 0; i < kinds.size(); ++i) add(kinds[i], i);
    emit(ja("yes"));
    return finish();
  }

  // What one of them wants may be wanted.
  std::optional<Code> generate(std::span<const Where> wheres) {
    for (std::size_t i = 0; i < wheres.size(); ++i) {
      prefix_ = fmt::format("kind{}", i);
      no_ = prefix_ + "_not";
      add(wheres[i]);
      emit(label(no_));
    }
    return finish();
  }

 private:
  struct Exits {
    std::string yes, no;
  };

  // What no way leads to is left out, as the verifier refuses it. All jumps go forwards, so it is
  // known when it comes.
  void emit(Operation operation) {
    const bool is_jump = operation.kind == Operation::Kind::jump;
    if (operation.kind == Operation::Kind::label) {
      is_alive_ |= targets_.contains(operation.name);
      if (leads_to(operation.name)) code_.pop_back();
    }
    if (!is_alive_) return;
    if (is_jump) targets_.insert(operation.name);
    const bool is_always = is_jump && isa::operation_of(operation.insn) == isa::op_ja;
    const bool is_end = operation.kind == Operation::Kind::plain && isa::is_exit(operation.insn);
    is_alive_ = !is_always && !is_end;
    code_.push_back(std::move(operation));
  }

  // Whether the last instruction is a jump there, whatever holds.
  [[nodiscard]] bool leads_to(std::string_view next) const {
    return !code_.empty() && code_.back().kind == Operation::Kind::jump &&
           isa::operation_of(code_.back().insn) == isa::op_ja && code_.back().name == next;
  }

  // Records of other kinds go on to the next one.
  void add(const KernelKind& kind, std::size_t index) {
    prefix_ = fmt::format("kind{}", index);
    const std::string next = prefix_ + "_not";
    if (kind.bytes) compare(Condition::ne, r2, *kind.bytes, next);
    if (kind.tag) {
      compare(Condition::lt, r2, std::uint64_t{kind.tag->offset} + kind.tag->size, next);
      load_bytes(kind.tag->offset, kind.tag->size);
      compare(Condition::ne, r3, kind.tag->value, next);
    }
    if (kind.where == nullptr) {
      emit(ja("yes"));
    } else {
      add(*kind.where);
    }
    emit(label(next));
  }

  void add(const Where& where) {
    // Short ones are seen, whatever is wanted.
    if (where.required() > 0) compare(Condition::lt, r2, where.required(), "yes");
    emit(ja(name_of(where.entry())));
    for (auto i = where.instructions().size(); i > 0; --i) {
      const auto place = static_cast<std::uint32_t>(i - 1);
      const Instruction& insn = where.instructions()[place];
      emit(label(name_of(place)));
      test(insn, where.texts(), {name_of(insn.yes), name_of(insn.no)});
    }
  }

  [[nodiscard]] std::string name_of(std::uint32_t place) const {
    if (place == Where::accept) return "yes";
    return place == Where::reject ? no_ : fmt::format("{}_{}", prefix_, place);
  }

  // Of 64 bits.
  void compare(Condition condition, Register a, std::uint64_t value, const std::string& target) {
    if (fits_immediate(value)) {
      emit(jump_if(condition, a, static_cast<std::int64_t>(value), target, {}));
    } else {
      emit(load_immediate(r5, value));
      emit(jump_if(condition, a, r5, target, {}));
    }
  }

  void load_piece(Register to, std::uint32_t at, unsigned bytes) {
    constexpr Width widths[] = {Width::u8, Width::u16, Width::u32, Width::u64};
    const Width width = widths[std::countr_zero(bytes)];
    if (at <= most_offset) {
      emit(assembly::load(to, width, r1[at]));
    } else {
      emit(mov(r5, r1));
      emit(assembly::add(r5, at));
      emit(assembly::load(to, width, r5[0]));
    }
  }

  // As many bytes from there as may be read at once.
  [[nodiscard]] unsigned piece_at(std::uint32_t at, unsigned bytes) const {
    unsigned piece = std::bit_floor(std::min(bytes, 8U));
    if (alignment_ == 0) return piece;
    while (piece > alignment_ || at % piece != 0) piece /= 2;
    return piece;
  }

  // r3 = the unsigned number of 1 to 8 bytes.
  void load_bytes(std::uint32_t at, unsigned bytes) {
    for (unsigned done = 0; done < bytes;) {
      const unsigned piece = piece_at(at + done, bytes - done);
      load_piece(done == 0 ? r3 : r4, at + done, piece);
      if (done > 0) {
        emit(lsh(r4, done * 8));
        emit(or_(r3, r4));
      }
      done += piece;
    }
  }

  void load_number(const Instruction& insn) {
    const unsigned bytes = bytes_of(insn);
    load_bytes(insn.offset, bytes);
    if (insn.is_big_endian) return emit(to_be(r3, 16));
    const unsigned bits = insn.bits == 0 ? bytes * 8 : insn.bits;
    const unsigned above = 64 - bits - (insn.bits == 0 ? 0 : insn.shift);
    if (bits == 64 || (insn.bits == 0 && !insn.is_signed)) return;
    if (above > 0) emit(lsh(r3, above));
    emit(insn.is_signed ? arsh(r3, 64 - bits) : rsh(r3, 64 - bits));
  }

  void go(Condition holds, Register a, std::uint64_t value, const Exits& exits) {
    compare(holds, a, value, exits.yes);
    emit(ja(exits.no));
  }

  void test(const Instruction& insn, const std::vector<std::string>& texts, const Exits& exits) {
    switch (insn.code) {
      case Test::range:
        return range(insn, exits);
      case Test::bits:
        load_number(insn);
        return go(Condition::set, r3, insn.low, exits);
      case Test::network:
        return network(insn.offset, insn.low, insn.span, 4, exits);
      case Test::network_long:
        return network(insn.offset, insn.low, insn.span, 8, exits);
      case Test::bytes_equal:
        same(insn.offset, texts[insn.text], exits.no);
        return emit(ja(exits.yes));
      case Test::text_any:
        if (insn.length == 0) return emit(ja(exits.no));
        load_bytes(insn.offset, 1);
        return go(Condition::ne, r3, 0, exits);
      case Test::text_equal:
        return text(insn, {texts[insn.text], false}, exits);
      case Test::text_like:
        return text(insn, *as_fixed(texts[insn.text]), exits);
      default:
        return;
    }
  }

  // low <= value <= high: value - low <= high - low, unsigned.
  void range(const Instruction& insn, const Exits& exits) {
    load_number(insn);
    const std::uint64_t order = insn.is_signed ? std::uint64_t{1} << 63 : 0;
    const std::uint64_t low = insn.low ^ order;
    if (insn.span == 0) return go(Condition::eq, r3, low, exits);
    const std::uint64_t back = 0 - low;
    if (fits_immediate(back)) {
      if (back != 0) emit(assembly::add(r3, static_cast<std::int64_t>(back)));
    } else {
      emit(load_immediate(r4, back));
      emit(assembly::add(r3, r4));
    }
    go(Condition::le, r3, insn.span, exits);
  }

  // Bytes under a mask, four at a time.
  void network(std::uint32_t at, std::uint64_t low, std::uint64_t mask, unsigned bytes,
               const Exits& exits) {
    for (unsigned done = 0; done < bytes; done += 4) {
      const auto wanted = static_cast<std::uint32_t>(low >> (done * 8));
      const auto part = static_cast<std::uint32_t>(mask >> (done * 8));
      if (part == 0) continue;
      load_bytes(at + done, 4);
      if (part != UINT32_MAX) {
        emit(and_(w3, static_cast<std::int32_t>(part)));
      }
      emit(jne(w3, static_cast<std::int32_t>(wanted), exits.no));
    }
    emit(ja(exits.yes));
  }

  // On if all bytes are the same.
  void same(std::uint32_t at, std::string_view wanted, const std::string& otherwise) {
    for (std::uint32_t done = 0; done < wanted.size();) {
      const auto left = static_cast<unsigned>(std::min<std::size_t>(wanted.size() - done, 4));
      const unsigned piece = piece_at(at + done, left);
      std::uint32_t value = 0;
      for (unsigned i = 0; i < piece; ++i) {
        value |= std::uint32_t{static_cast<unsigned char>(wanted[done + i])} << (i * 8);
      }
      load_piece(r3, at + done, piece);
      emit(jne(w3, static_cast<std::int32_t>(value), otherwise));
      done += piece;
    }
  }

  // In as many bytes as the column has, up to the first NUL.
  void text(const Instruction& insn, const Fixed& wanted, const Exits& exits) {
    const auto size = wanted.text.size();
    if (size > insn.length || wanted.text.find('\0') != std::string_view::npos) {
      return emit(ja(exits.no));
    }
    same(insn.offset, wanted.text, exits.no);
    if (wanted.is_prefix || size == insn.length) return emit(ja(exits.yes));
    load_bytes(insn.offset + static_cast<std::uint32_t>(size), 1);
    go(Condition::eq, r3, 0, exits);
  }

  std::optional<Code> finish() {
    finish_no();
    emit(label("yes"));
    emit(mov(r0, 1));
    emit(exit());
    if (code_.size() > most_instructions) return std::nullopt;
    return std::move(code_);
  }

  // Counted where this CPU counts.
  void finish_no() {
    emit(label("no"));
    emit(call("bpf_get_smp_processor_id"));
    emit(and_(r0, counter_.cells - 1));
    emit(mul(r0, counter_.stride));
    emit(load_map_value(r1, counter_.map, counter_.offset));
    emit(assembly::add(r1, r0));
    emit(mov(r2, 1));
    emit(atomic_add(u64, r1[0], r2));
    emit(mov(r0, 0));
    emit(exit());
  }

  std::uint32_t alignment_;
  const WhereCounter& counter_;
  Code code_;
  std::set<std::string, std::less<>> targets_;
  bool is_alive_ = true;
  std::string prefix_, no_ = "no";
};

}  // namespace

Result<KernelWhere> split_where(const where::Tree& tree, const Schema& schema,
                                std::span<const SameBits> known) {
  return Splitter(tree, schema, known).split();
}

std::optional<Code> where_code(std::span<const KernelKind> kinds, std::uint32_t alignment,
                               const WhereCounter& counter, std::optional<std::uint32_t> bytes) {
  return Generator(alignment, counter).generate(kinds, bytes);
}

std::optional<Code> early_code(std::span<const Where> wheres, std::uint32_t alignment,
                               const WhereCounter& counter) {
  return Generator(alignment, counter).generate(wheres);
}

}  // namespace skep::record
