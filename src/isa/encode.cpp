#include "isa/encode.hpp"

#include <limits>
#include <string_view>
#include <unordered_map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "isa/helpers.hpp"
#include "isa/opcode.hpp"
#include "isa/print.hpp"

namespace skep::isa {
namespace {

using assembly::Operation;
using Kind = Operation::Kind;
using Labels = std::unordered_map<std::string_view, std::size_t>;

// More than any kernel takes, so that positions fit what relocations hold.
constexpr std::size_t most_instructions = 1U << 20;

template <typename T>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

bool takes_unsigned(const Insn& insn) {
  const auto group = class_of(insn);
  return group == Class::alu || group == Class::jmp32 || group == Class::ld ||
         (group == Class::st && size_of(insn) != size_dw);
}

bool is_wide(const Operation& operation) {
  return operation.kind != Kind::plain && operation.kind != Kind::label && is_lddw(operation.insn);
}

std::size_t slots_of(const Operation& operation) {
  if (operation.kind == Kind::label) return 0;
  return is_wide(operation) ? 2 : 1;
}

std::unexpected<Error> fail_at(const Operation& operation, std::size_t instruction,
                               std::string why) {
  return fail(ErrorKind::invalid_argument, "{}: {}", describe(operation.where, instruction), why);
}

Result<Labels> find_labels(std::span<const Operation> code) {
  Labels labels;
  std::size_t position = 0;
  for (const auto& operation : code) {
    if (operation.kind == Kind::label && !labels.emplace(operation.name, position).second) {
      return fail_at(operation, position,
                     fmt::format("label '{}' is there already", operation.name));
    }
    position += slots_of(operation);
  }
  if (position > most_instructions) {
    return fail(ErrorKind::invalid_argument, "{} instructions; at most {} are possible", position,
                most_instructions);
  }
  return labels;
}

// The widths that an instruction has not.
std::string_view wrong_width(const Insn& insn, std::int64_t offset, std::int64_t immediate) {
  const auto bytes = memory_bytes(insn);
  const bool is_ordered = immediate == atomic_load_acquire || immediate == atomic_store_release;
  if (class_of(insn) == Class::stx && mode_of(insn) == mode_atomic && bytes < 4 && !is_ordered) {
    return "atomic operations are of u32 or u64";
  }
  if (class_of(insn) == Class::ld && (mode_of(insn) == mode_abs || mode_of(insn) == mode_ind) &&
      bytes == 8) {
    return "packets are read by u8, u16 or u32";
  }
  if (!is_arithmetic(insn)) return {};
  const auto operation = operation_of(insn);
  if (operation == op_end && immediate != 16 && immediate != 32 && immediate != 64) {
    return "bytes are swapped in 16, 32 or 64 bits";
  }
  const bool is_half = class_of(insn) == Class::alu;
  if (operation == op_mov && uses_source_register(insn) &&
      (offset == 64 || (is_half && offset == 32))) {
    return "a move extends the sign of s8 or s16, and of s32 to 64 bits";
  }
  return {};
}

class Encoder {
 public:
  explicit Encoder(Labels labels) : labels_(std::move(labels)) {}

  Result<void> add(const Operation& operation) {
    if (operation.kind == Kind::label) return {};
    Insn insn = operation.insn;
    if (auto good = fill(operation, insn); !good) return good;
    const auto at = position();
    const Insn second{.imm = is_wide(operation) ? upper(operation) : 0};
    out_.instructions.push_back(insn);
    if (is_wide(operation)) out_.instructions.push_back(second);
    const Insn pair[] = {insn, second};
    out_.lines.push_back(
        {static_cast<std::uint32_t>(at), text_of(operation, pair), operation.where});
    return {};
  }

  Encoded take() { return std::move(out_); }

 private:
  [[nodiscard]] std::size_t position() const { return out_.instructions.size(); }

  static std::int32_t upper(const Operation& operation) {
    return operation.kind == Kind::wide ? static_cast<std::int32_t>(operation.immediate >> 32) : 0;
  }

  Result<void> fill(const Operation& operation, Insn& insn) {
    switch (operation.kind) {
      case Kind::plain:
        return fill_plain(operation, insn);
      case Kind::wide:
        insn.imm = static_cast<std::int32_t>(operation.immediate);
        return {};
      case Kind::jump:
        return fill_jump(operation, insn);
      case Kind::helper:
        return fill_helper(operation, insn);
      case Kind::map_descriptor:
      case Kind::label:
        return {};
      case Kind::call:
      case Kind::function:
      case Kind::map:
      case Kind::map_value:
        out_.references.push_back({operation.kind, static_cast<std::uint32_t>(position()),
                                   operation.name, static_cast<std::uint32_t>(operation.immediate),
                                   operation.where});
        return {};
    }
    return {};
  }

  Result<void> fill_plain(const Operation& operation, Insn& insn) {
    if (const auto wrong = wrong_width(insn, operation.offset, operation.immediate);
        !wrong.empty()) {
      return fail_at(operation, position(), std::string(wrong));
    }
    if (!fits<std::int16_t>(operation.offset)) {
      return fail_at(operation, position(),
                     fmt::format("offset {} does not fit 16 bits", operation.offset));
    }
    insn.off = static_cast<std::int16_t>(operation.offset);
    return fill_immediate(operation, insn);
  }

  Result<void> fill_immediate(const Operation& operation, Insn& insn) {
    const bool good = fits<std::int32_t>(operation.immediate) ||
                      (takes_unsigned(insn) && fits<std::uint32_t>(operation.immediate));
    if (!good) {
      return fail_at(
          operation, position(),
          fmt::format("{} does not fit 32 bits; load_immediate() takes 64", operation.immediate));
    }
    insn.imm = static_cast<std::int32_t>(operation.immediate);
    return {};
  }

  // Offsets count from the next instruction.
  Result<void> fill_jump(const Operation& operation, Insn& insn) {
    const auto found = labels_.find(operation.name);
    if (found == labels_.end()) return no_label(operation);
    if (auto good = fill_immediate(operation, insn); !good) return good;
    const auto distance =
        static_cast<std::int64_t>(found->second) - static_cast<std::int64_t>(position()) - 1;
    if (class_of(insn) == Class::jmp32 && operation_of(insn) == op_ja) {
      insn.imm = static_cast<std::int32_t>(distance);
      return {};
    }
    if (!fits<std::int16_t>(distance)) {
      return fail_at(operation, position(),
                     fmt::format("label '{}' is {} instructions away, more than 16 bits hold; "
                                 "ja_far() reaches it (kernel 6.6)",
                                 operation.name, distance));
    }
    insn.off = static_cast<std::int16_t>(distance);
    return {};
  }

  std::unexpected<Error> no_label(const Operation& operation) {
    std::vector<std::string> names;
    for (const auto& [name, at] : labels_) names.emplace_back(name);
    const auto near = nearest(operation.name, names);
    return fail_at(operation, position(),
                   fmt::format("no label '{}'{}", operation.name,
                               near ? fmt::format("; did you mean '{}'?", *near) : ""));
  }

  Result<void> fill_helper(const Operation& operation, Insn& insn) {
    const auto number = helper_number(operation.name);
    if (number) {
      insn.imm = *number;
      return {};
    }
    std::vector<std::string> names;
    for (std::int32_t i = 1; !helper_name(i).empty(); ++i) names.emplace_back(helper_name(i));
    const auto near = nearest(operation.name, names);
    return fail_at(operation, position(),
                   fmt::format("no helper '{}'{}", operation.name,
                               near ? fmt::format("; did you mean '{}'?", *near) : ""));
  }

  // As the verifier prints it, but with names.
  static std::string text_of(const Operation& operation, std::span<const Insn> pair) {
    const auto dst = static_cast<unsigned>(pair[0].dst());
    switch (operation.kind) {
      case Kind::jump: {
        auto text = print(pair);
        return text.substr(0, text.find(" pc")) + " " + operation.name;
      }
      case Kind::call:
        return fmt::format("call {}", operation.name);
      case Kind::function:
        return fmt::format("r{} = function {}", dst, operation.name);
      case Kind::map:
        return fmt::format("r{} = map {}", dst, operation.name);
      case Kind::map_value:
        return fmt::format("r{} = map {} + {}", dst, operation.name, operation.immediate);
      default:
        return print(pair);
    }
  }

  Labels labels_;
  Encoded out_;
};

}  // namespace

std::string describe(const assembly::Place& where, std::size_t instruction) {
  if (where.line == 0) return fmt::format("instruction {}", instruction);
  std::string_view file(where.file);
  file.remove_prefix(file.rfind('/') + 1);  // npos + 1 is 0
  return fmt::format("{}:{}", file, where.line);
}

Result<Encoded> encode(std::span<const Operation> code) {
  SKEP_TRY(auto labels, find_labels(code));
  Encoder encoder(std::move(labels));
  for (const auto& operation : code) SKEP_CHECK(encoder.add(operation));
  return encoder.take();
}

}  // namespace skep::isa
