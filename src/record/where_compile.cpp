#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "record/operation.hpp"
#include "record/select.hpp"
#include "record/where.hpp"
#include "record/where_value.hpp"

namespace skep::record {

using where::Comparison;
using where::Domain;
using where::Literal;

// Instructions are made from the last to the first, so that each knows where it goes on.
class WhereCompiler {
 public:
  WhereCompiler(const where::Tree& tree, const Schema& schema) : tree_(tree), schema_(schema) {}

  Result<Where> compile() {
    out_.required_ = extent_of(schema_);
    const auto whole = static_cast<std::uint32_t>(tree_.nodes.size() - 1);
    SKEP_TRY(out_.entry_, node(whole, Where::accept, Where::reject));
    return std::move(out_);
  }

 private:
  using Instruction = Where::Instruction;
  using Code = Where::Code;
  // Where a test goes on; also: which instruction a part begins with.
  struct Exits {
    std::uint32_t yes, no;
  };

  [[nodiscard]] std::unexpected<Error> fail_at(where::Place place, std::string_view what) const {
    return std::unexpected(where::error_at(ErrorKind::invalid_argument, tree_.text, place, what));
  }

  std::uint32_t emit(Instruction insn, Exits exits) {
    insn.yes = exits.yes;
    insn.no = exits.no;
    if (exits.yes == exits.no) return exits.yes;
    out_.code_.push_back(insn);
    return static_cast<std::uint32_t>(out_.code_.size() - 1);
  }

  std::uint32_t add_text(std::string text) {
    out_.texts_.push_back(std::move(text));
    return static_cast<std::uint32_t>(out_.texts_.size() - 1);
  }

  // A chain of && or || leans to the left: as deep as it is long, so it is walked, not descended.
  Result<std::uint32_t> node(std::uint32_t index, std::uint32_t yes, std::uint32_t no) {
    for (;;) {
      const where::Node& at = tree_.nodes[index];
      switch (at.kind) {
        case where::Node::Kind::test:
          return test(tree_.tests[at.left], {yes, no});
        case where::Node::Kind::negation:
          std::swap(yes, no);
          break;
        case where::Node::Kind::conjunction: {
          SKEP_TRY(yes, node(at.right, yes, no));
          break;
        }
        case where::Node::Kind::disjunction: {
          SKEP_TRY(no, node(at.right, yes, no));
          break;
        }
      }
      index = at.left;
    }
  }

  [[nodiscard]] Result<Column> unknown(const where::ColumnName& name) const {
    auto error = where::error_at(ErrorKind::not_found, tree_.text, name.place,
                                 fmt::format("there is no column '{}'", name.name));
    const auto names = names_of(schema_);
    if (names.empty()) return std::unexpected(std::move(error));
    return std::unexpected(std::move(error).hint(fmt::format(
        "Perhaps {}. There are {}.", nearest_column(name.name, names), fmt::join(names, ", "))));
  }

  [[nodiscard]] Result<Column> find(const where::ColumnName& name) const {
    const auto found = find_columns(schema_, name.name);
    if (found.empty()) return unknown(name);
    if (found.size() > 1) {
      std::vector<std::string> members;
      members.reserve(found.size());
      for (const std::size_t index : found) members.push_back(schema_.columns[index].name);
      return fail_at(name.place, fmt::format("'{}' is a struct: name one of {}", name.name,
                                             fmt::join(members, ", ")));
    }
    Column column = schema_.columns[found.front()];
    for (const std::uint32_t index : name.indices) SKEP_CHECK(take_element(column, name, index));
    if (name.member.empty()) return column;
    const auto field = std::ranges::find(column.fields, name.member, &Column::name);
    if (!column.dimensions.empty() || field == column.fields.end()) {
      return fail_at(name.place, fmt::format("'{}' has no '{}'", column.name, name.member));
    }
    Column member = *field;
    member.offset += column.offset;
    member.name = fmt::format("{}.{}", column.name, member.name);
    return member;
  }

  [[nodiscard]] Result<void> take_element(Column& column, const where::ColumnName& name,
                                          std::uint32_t index) const {
    if (column.dimensions.empty()) {
      return fail_at(name.place, fmt::format("'{}' is no array", column.name));
    }
    const Dimension outer = column.dimensions.front();
    if (outer.count == 0) {
      return fail_at(name.place,
                     fmt::format("how many elements '{}' has, each record says anew", column.name));
    }
    if (index >= outer.count) {
      return fail_at(name.place, fmt::format("'{}' has {} elements, the first one is 0",
                                             column.name, outer.count));
    }
    column.offset += index * outer.stride;
    column.name += fmt::format("[{}]", index);
    column.dimensions.erase(column.dimensions.begin());
    return {};
  }

  Result<std::uint32_t> test(const where::Test& test, Exits exits) {
    SKEP_TRY(const Column column, find(test.column));
    switch (where::domain_of(column)) {
      case Domain::integer:
        return integer_test(test, column, exits);
      case Domain::real:
        return real_test(test, column, exits);
      case Domain::text:
        return text_test(test, column, exits);
      case Domain::address:
        return address_test(test, column, exits);
      case Domain::bytes:
        return bytes_test(test, column, exits);
      case Domain::none:
        break;
    }
    if (!column.dimensions.empty()) {
      return fail_at(test.column.place,
                     fmt::format("'{0}' is an array: name one element, as in {0}[0]", column.name));
    }
    return fail_at(test.column.place, fmt::format("{} of {} bytes, which cannot be compared",
                                                  where::describe(column), column.size));
  }

  [[nodiscard]] std::unexpected<Error> fail_sign(const where::Test& test, const Column& column,
                                                 std::string_view what) const {
    return fail_at(test.sign, fmt::format("{}: {}", where::describe(column), what));
  }

  static Instruction on_number(const Column& column, Code code) {
    const auto op = operation_of(column);
    return {.code = code,
            .size = op.size,
            .shift = op.shift,
            .bits = op.bits,
            .is_signed = op.is_signed,
            .is_big_endian = where::is_big_endian(column),
            .offset = op.offset};
  }

  // Numbers from `low` to `high`, as far as the column can hold them.
  std::uint32_t integer_range(const Column& column, SignedWide low, SignedWide high, Exits exits) {
    auto insn = on_number(column, Code::range);
    const unsigned bits = insn.bits != 0 ? insn.bits : insn.size * 8U;
    const SignedWide one = 1;
    const SignedWide least = insn.is_signed ? -(one << (bits - 1)) : 0;
    const SignedWide most = insn.is_signed ? (one << (bits - 1)) - 1 : (one << bits) - 1;
    low = std::max(low, least);
    high = std::min(high, most);
    if (low > high) return exits.no;
    if (low == least && high == most) return exits.yes;
    const std::uint64_t order = insn.is_signed ? std::uint64_t{1} << 63 : 0;
    insn.low = static_cast<std::uint64_t>(low) ^ order;
    insn.span = static_cast<std::uint64_t>(high - low);
    return emit(insn, exits);
  }

  Result<std::uint32_t> integer_test(const where::Test& test, const Column& column, Exits exits) {
    constexpr SignedWide far = SignedWide{1} << 100;
    if (test.comparison == Comparison::exists) {
      return integer_range(column, 0, 0, {exits.no, exits.yes});
    }
    const Literal& first = test.values.front().low;
    const bool is_address = first.address_size != 0 && where::may_be_address(column);
    if (is_address) return address_test(test, column, exits);
    if (test.comparison == Comparison::in) return integer_set(test, column, exits);
    if (test.comparison == Comparison::like || test.comparison == Comparison::unlike) {
      return fail_sign(test, column, "~ compares texts");
    }
    SKEP_TRY(const SignedWide value, where::to_integer(tree_, schema_, column, first));
    switch (test.comparison) {
      case Comparison::unequal:
        return integer_range(column, value, value, {exits.no, exits.yes});
      case Comparison::less:
        return integer_range(column, -far, value - 1, exits);
      case Comparison::less_or_equal:
        return integer_range(column, -far, value, exits);
      case Comparison::greater:
        return integer_range(column, value + 1, far, exits);
      case Comparison::greater_or_equal:
        return integer_range(column, value, far, exits);
      case Comparison::has_bits: {
        auto insn = on_number(column, Code::bits);
        insn.low = static_cast<std::uint64_t>(value);
        return emit(insn, exits);
      }
      default:
        return integer_range(column, value, value, exits);
    }
  }

  Result<std::uint32_t> integer_set(const where::Test& test, const Column& column, Exits exits) {
    for (auto range = test.values.rbegin(); range != test.values.rend(); ++range) {
      if (range->low.kind == Literal::Kind::address) {
        return fail_at(range->low.place, "addresses and numbers do not mix");
      }
      SKEP_TRY(const SignedWide low, where::to_integer(tree_, schema_, column, range->low));
      SignedWide high = low;
      if (range->high) {
        SKEP_TRY(high, where::to_integer(tree_, schema_, column, *range->high));
        if (high < low) return fail_at(range->high->place, "a range goes from less to more");
      }
      exits.no = integer_range(column, low, high, exits);
    }
    return exits.no;
  }

  std::uint32_t real_compare(const Column& column, Code code, double value, Exits exits) {
    auto insn = on_number(column, code);
    insn.low = std::bit_cast<std::uint64_t>(value);
    return emit(insn, exits);
  }

  // Where a value is no number (NaN), only != holds, as in C.
  Result<std::uint32_t> real_test(const where::Test& test, const Column& column, Exits exits) {
    const Exits turned{exits.no, exits.yes};
    if (test.comparison == Comparison::exists) {
      return real_compare(column, Code::real_equal, 0, turned);
    }
    if (test.comparison == Comparison::in) return real_set(test, column, exits);
    SKEP_TRY(const double value, where::to_real(tree_, column, test.values.front().low));
    switch (test.comparison) {
      case Comparison::equal:
        return real_compare(column, Code::real_equal, value, exits);
      case Comparison::unequal:
        return real_compare(column, Code::real_equal, value, turned);
      case Comparison::less:
        return real_compare(column, Code::real_less, value, exits);
      case Comparison::less_or_equal:
        return real_compare(column, Code::real_at_most, value, exits);
      case Comparison::greater:
        return real_compare(column, Code::real_more, value, exits);
      case Comparison::greater_or_equal:
        return real_compare(column, Code::real_at_least, value, exits);
      default:
        return fail_sign(test, column, "it is compared with == != < <= > >= and in");
    }
  }

  Result<std::uint32_t> real_set(const where::Test& test, const Column& column, Exits exits) {
    for (auto range = test.values.rbegin(); range != test.values.rend(); ++range) {
      SKEP_TRY(const double low, where::to_real(tree_, column, range->low));
      if (!range->high) {
        exits.no = real_compare(column, Code::real_equal, low, exits);
        continue;
      }
      SKEP_TRY(const double high, where::to_real(tree_, column, *range->high));
      const auto below = real_compare(column, Code::real_at_most, high, exits);
      exits.no = real_compare(column, Code::real_at_least, low, {below, exits.no});
    }
    return exits.no;
  }

  static Instruction on_text(const Column& column, Code code) {
    Instruction insn{.code = code, .offset = column.offset, .length = column.size};
    insn.source = column.meaning == Meaning::words_span  ? Where::Source::words
                  : column.meaning == Meaning::text_span ? Where::Source::span
                  : column.flexible                      ? Where::Source::rest
                                                         : Where::Source::fixed;
    return insn;
  }

  // Which parts of a pattern have a meaning is known by then: one without any is compared at once.
  Result<std::uint32_t> text_test(const where::Test& test, const Column& column, Exits exits) {
    const Comparison how = test.comparison;
    if (how == Comparison::exists) return emit(on_text(column, Code::text_any), exits);
    const bool is_like = how == Comparison::like || how == Comparison::unlike;
    const bool is_known =
        is_like || how == Comparison::equal || how == Comparison::unequal || how == Comparison::in;
    if (!is_known) return fail_sign(test, column, "it is compared with == != ~ !~ and in");
    if (how == Comparison::unequal || how == Comparison::unlike) std::swap(exits.yes, exits.no);
    for (auto value = test.values.rbegin(); value != test.values.rend(); ++value) {
      const Literal& literal = value->low;
      if (literal.kind != Literal::Kind::text) {
        return fail_at(literal.place, fmt::format("{}: what it is compared with stands in quotes",
                                                  where::describe(column)));
      }
      if (value->high) return fail_at(value->high->place, "a range is of numbers");
      auto insn = on_text(column, is_like ? Code::text_like : Code::text_equal);
      insn.text = add_text(literal.text);
      if (how == Comparison::equal || how == Comparison::unequal || how == Comparison::like ||
          how == Comparison::unlike) {
        return emit(insn, exits);
      }
      exits.no = emit(insn, exits);
    }
    return exits.no;
  }

  Result<std::uint32_t> address_test(const where::Test& test, const Column& column, Exits exits) {
    const Comparison how = test.comparison;
    const bool is_hex = !test.values.empty() && test.values.front().low.address_size == 0 &&
                        test.values.front().low.kind == Literal::Kind::text;
    if (is_hex) return bytes_test(test, column, exits);
    if (how != Comparison::in && how != Comparison::equal && how != Comparison::unequal) {
      const bool is_number =
          column.meaning == Meaning::unsigned_integer || column.meaning == Meaning::signed_integer;
      return fail_sign(test, column,
                       is_number ? "numbers of more than 8 bytes are compared with ==, != and in"
                                 : "addresses are compared with ==, != and in");
    }
    if (how == Comparison::unequal) std::swap(exits.yes, exits.no);
    for (auto value = test.values.rbegin(); value != test.values.rend(); ++value) {
      SKEP_CHECK(check_address(test, column, *value));
      exits.no = address_match(test, column, value->low, exits);
    }
    return exits.no;
  }

  [[nodiscard]] Result<void> check_address(const where::Test& test, const Column& column,
                                           const where::Range& value) const {
    const Literal& literal = value.low;
    const std::uint64_t bytes = where::bytes_of(column);
    const bool is_either = column.meaning == Meaning::ip && literal.address_size != 0;
    if (literal.address_size != bytes && !is_either) {
      return fail_at(literal.place,
                     fmt::format("'{}' has {} bytes: it is compared with an IPv{} address{}",
                                 column.name, bytes, bytes == 4 ? 4 : 6,
                                 bytes == 4 ? "" : ", as in ::1 or ::ffff:10.0.0.1"));
    }
    if (value.high) return fail_at(value.high->place, "a range of addresses has a prefix: /24");
    const bool has_prefix = literal.prefix != literal.address_size * 8;
    if (test.comparison != Comparison::in && has_prefix && column.meaning != Meaning::cidr) {
      return fail_at(test.sign, "a range of addresses is asked for with in");
    }
    return {};
  }

  // What stands beside an address: its family, or the length of its prefix, of which a longer one
  // lies in a shorter one.
  static Instruction on_selector(const Column& column, const Literal& literal, bool is_within) {
    Instruction insn{.code = Code::range, .size = column.selector_size, .offset = column.selector};
    if (column.meaning == Meaning::ip) {
      insn.low = literal.address_size == 4 ? AF_INET : AF_INET6;
    } else {
      insn.low = literal.prefix;
      insn.span = is_within ? UINT32_MAX - insn.low : 0;
    }
    return insn;
  }

  // Both halves of a long address, under the bits of its prefix.
  std::uint32_t address_match(const where::Test& test, const Column& column, const Literal& literal,
                              Exits exits) {
    std::array<std::byte, 16> mask{};
    for (std::size_t i = 0; i < literal.prefix; ++i) mask[i / 8] |= std::byte{0x80} >> (i % 8);
    const std::size_t step = literal.address_size == 4 ? 4 : 8;
    for (std::size_t at = literal.address_size; at > 0;) {
      at -= step;
      Instruction insn{.code = step == 4 ? Code::network : Code::network_long};
      insn.offset = column.offset + static_cast<std::uint32_t>(at);
      std::memcpy(&insn.span, mask.data() + at, step);
      std::memcpy(&insn.low, literal.address.data() + at, step);
      insn.low &= insn.span;
      if (column.meaning == Meaning::ip4_host) {
        insn.low = __builtin_bswap32(static_cast<std::uint32_t>(insn.low));
        insn.span = __builtin_bswap32(static_cast<std::uint32_t>(insn.span));
      }
      if (insn.span != 0) exits.yes = emit(insn, exits);
    }
    const bool has_selector = column.meaning == Meaning::ip || column.meaning == Meaning::cidr;
    if (!has_selector) return exits.yes;
    return emit(on_selector(column, literal, test.comparison == Comparison::in), exits);
  }

  Result<std::uint32_t> bytes_test(const where::Test& test, const Column& column, Exits exits) {
    const Comparison how = test.comparison;
    if (how != Comparison::in && how != Comparison::equal && how != Comparison::unequal) {
      return fail_sign(test, column, "they are compared with ==, != and in");
    }
    if (how == Comparison::unequal) std::swap(exits.yes, exits.no);
    for (auto value = test.values.rbegin(); value != test.values.rend(); ++value) {
      if (value->high) return fail_at(value->high->place, "a range is of numbers");
      SKEP_TRY(auto bytes, where::to_bytes(tree_, column, value->low));
      Instruction insn{.code = Code::bytes_equal, .offset = column.offset};
      insn.length = static_cast<std::uint32_t>(bytes.size());
      insn.text = add_text(std::move(bytes));
      exits.no = emit(insn, exits);
    }
    return exits.no;
  }

  const where::Tree& tree_;
  const Schema& schema_;
  Where out_;
};

Result<Where> Where::compile(const where::Tree& tree, const Schema& schema) {
  return WhereCompiler(tree, schema).compile();
}

}  // namespace skep::record
