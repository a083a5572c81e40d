#include "stream/stack_ids.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "isa/opcode.hpp"

namespace skep::stream {
namespace {

// include/uapi/linux/bpf.h, enum bpf_func_id
constexpr std::int32_t map_lookup_elem = 1, map_update_elem = 2, map_delete_elem = 3,
                       get_stackid = 27;

// What a register holds, as far as it matters.
struct Value {
  enum class Kind : std::uint8_t { other, map, stack, map_value, id };
  Kind kind = Kind::other;
  std::uint32_t map = 0;    // map, map_value; id: that of the stacks
  std::int64_t offset = 0;  // stack, map_value: bytes

  [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
};

class Reader {
 public:
  Reader(const ObjectSpec& spec, const FunctionSpec& function, std::vector<StackIdUse>& found)
      : spec_(spec), function_(function), found_(found) {}

  void read() {
    const auto& code = function_.instructions;
    for (std::uint32_t at = 0; at < code.size(); at += isa::slots_of(code[at])) {
      const Insn& insn = code[at];
      if (insn.dst() > 10 || insn.src() > 10) continue;
      registers_[10] = {Value::Kind::stack, 0, 0};
      if (isa::is_lddw(insn)) {
        load_wide(insn, at);
      } else if (isa::is_load(insn)) {
        load(insn);
      } else if (isa::is_store(insn)) {
        store(insn);
      } else if (isa::is_arithmetic(insn)) {
        arithmetic(insn);
      } else if (isa::is_call(insn)) {
        call(insn);
      }
    }
  }

 private:
  void load_wide(const Insn& insn, std::uint32_t at) {
    const auto& all = function_.relocations;
    const auto found = std::ranges::lower_bound(all, at, {}, &Relocation::instruction);
    const bool is_map = found != all.end() && found->instruction == at &&
                        found->kind == Relocation::Kind::map && found->target < spec_.maps.size();
    registers_[insn.dst()] = is_map ? Value{Value::Kind::map, found->target, 0} : Value{};
  }

  void load(const Insn& insn) {
    const Value from = registers_[insn.src()];
    Value& to = registers_[insn.dst()];
    to = {};
    if (!from.is(Value::Kind::stack)) return;
    if (const auto slot = slots_.find(from.offset + insn.off); slot != slots_.end()) {
      to = {Value::Kind::id, slot->second, 0};
    }
  }

  void store(const Insn& insn) {
    const Value to = registers_[insn.dst()];
    const bool is_plain =
        isa::class_of(insn) == isa::Class::stx && isa::mode_of(insn) == isa::mode_mem;
    const Value value = is_plain ? registers_[insn.src()] : Value{};
    const std::int64_t at = to.offset + insn.off;
    if (to.is(Value::Kind::stack)) {
      slots_.erase(at);
      if (value.is(Value::Kind::id)) slots_[at] = value.map;
    } else if (to.is(Value::Kind::map_value) && value.is(Value::Kind::id)) {
      note(value.map, to.map, false, at);
    }
  }

  // An id stays one when it is cut to 32 bits or extended again.
  void arithmetic(const Insn& insn) {
    Value& to = registers_[insn.dst()];
    const auto operation = isa::operation_of(insn);
    if (operation == isa::op_mov) {
      to = isa::uses_source_register(insn) ? registers_[insn.src()] : Value{};
    } else if (operation == isa::op_add && !isa::uses_source_register(insn) &&
               (to.is(Value::Kind::stack) || to.is(Value::Kind::map_value))) {
      to.offset += insn.imm;
    } else if (!to.is(Value::Kind::id) || (operation != isa::op_lsh && operation != isa::op_rsh &&
                                           operation != isa::op_arsh)) {
      to = {};
    }
  }

  void call(const Insn& insn) {
    Value result;
    if (isa::is_helper_call(insn)) {
      const Value& first = registers_[1];
      if (insn.imm == get_stackid && registers_[2].is(Value::Kind::map)) {
        result = {Value::Kind::id, registers_[2].map, 0};
      } else if (first.is(Value::Kind::map)) {
        if (insn.imm == map_lookup_elem || insn.imm == map_update_elem ||
            insn.imm == map_delete_elem) {
          note_slots(first.map, registers_[2], true, spec_.maps[first.map].key_size);
        }
        if (insn.imm == map_update_elem) {
          note_slots(first.map, registers_[3], false, spec_.maps[first.map].value_size);
        }
        if (insn.imm == map_lookup_elem) result = {Value::Kind::map_value, first.map, 0};
      }
    }
    std::fill_n(registers_.begin(), 6, Value{});
    registers_[0] = result;
  }

  // Ids that lie in what is taken as a key or a value.
  void note_slots(std::uint32_t map, const Value& from, bool is_in_key, std::uint32_t bytes) {
    if (!from.is(Value::Kind::stack)) return;
    for (auto slot = slots_.lower_bound(from.offset);
         slot != slots_.end() && slot->first - from.offset < std::int64_t{bytes}; ++slot) {
      note(slot->second, map, is_in_key, slot->first - from.offset);
    }
  }

  void note(std::uint32_t stacks, std::uint32_t map, bool is_in_key, std::int64_t offset) {
    if (offset < 0 || offset > UINT32_MAX) return;
    const StackIdUse use{stacks, map, is_in_key, static_cast<std::uint32_t>(offset)};
    if (std::ranges::find(found_, use) == found_.end()) found_.push_back(use);
  }

  const ObjectSpec& spec_;
  const FunctionSpec& function_;
  std::vector<StackIdUse>& found_;
  std::array<Value, 11> registers_;
  std::map<std::int64_t, std::uint32_t> slots_;  // of the function's stack: ids, by their offsets
};

}  // namespace

std::vector<StackIdUse> find_stack_ids(const ObjectSpec& spec) {
  std::vector<StackIdUse> found;
  const bool has_stacks = std::ranges::any_of(
      spec.maps, [](const MapSpec& map) { return map.type == MapType::stack_trace; });
  if (!has_stacks) return found;
  for (const auto& function : spec.functions) Reader(spec, function, found).read();
  return found;
}

}  // namespace skep::stream
