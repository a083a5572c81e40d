#include "stream/outputs.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <span>

#include "isa/opcode.hpp"
#include "object/rings.hpp"
#include "stream/flow.hpp"
#include "stream/output_calls.hpp"

namespace skep::stream {
namespace {

constexpr std::uint32_t most_depth = 8;                  // the kernel's limit of nested calls
constexpr std::size_t most_work = std::size_t{1} << 18;  // instructions looked at

class Walker {
 public:
  explicit Walker(const ObjectSpec& spec) : spec_(spec) {}

  // Follows one function with what its caller gives it; a program's entry gets nothing known.
  void walk(std::uint32_t function, const Arguments& arguments, std::uint32_t depth);

  std::vector<Output> take() { return std::move(found_); }
  [[nodiscard]] std::vector<WhereCall> where_calls() const;

 private:
  // What holds at the start of blocks, which are counted as in leaders_.
  struct States {
    std::vector<State> list;
    std::vector<std::uint32_t> numbers;  // by block: one more than its place in the list; 0: no
                                         // way leads there
  };

  [[nodiscard]] bool is_within(std::int64_t at) const noexcept {
    return at >= 0 && at < static_cast<std::int64_t>(code().size());
  }
  [[nodiscard]] const std::vector<Insn>& code() const noexcept { return now_->instructions; }

  [[nodiscard]] std::size_t block_of(std::uint32_t at) const {
    const auto next = std::ranges::upper_bound(leaders_, at);
    return static_cast<std::size_t>(next - leaders_.begin()) - 1;  // the first leader is 0
  }
  States settle(const State& entry);
  [[nodiscard]] bool calls_within(std::size_t block) const;
  // Runs to the end of the block and calls onward(next instruction, state) for each way out.
  template <typename Onward, typename AtCall>
  void run_block(std::uint32_t at, State state, Onward onward, AtCall at_call);
  void step(State& state, std::uint32_t at) const;
  void load(State& state, const Insn& insn) const;
  void store(State& state, const Insn& insn) const;
  void load_wide(State& state, std::uint32_t at) const;
  void arithmetic(State& state, const Insn& insn) const;
  void call(State& state, std::uint32_t at) const;
  [[nodiscard]] const Relocation* relocation_at(std::uint32_t at) const;
  void note_output(const State& state, std::uint32_t at);
  void note_submit(const State& state);
  [[nodiscard]] std::string_view callee_at(std::uint32_t at) const;
  [[nodiscard]] bool is_where_call(std::uint32_t at) const {
    return callee_at(at) == where_function;
  }
  [[nodiscard]] bool is_early_call(std::uint32_t at) const {
    return callee_at(at).starts_with(early_prefix);
  }
  [[nodiscard]] std::optional<Output> reserved_by(std::uint32_t reserved) const;
  [[nodiscard]] std::optional<std::uint32_t> ring_of(const Value& record, const Value& ring) const;
  [[nodiscard]] std::optional<std::uint32_t> map_in(const Value& value) const;
  void add_submit(std::uint32_t reserved, const std::vector<Constant>& head);
  void add_heads();
  void enter(const State& state, std::uint32_t at, std::uint32_t depth);

  const ObjectSpec& spec_;
  const FunctionSpec* now_ = nullptr;
  std::uint32_t index_ = 0;             // of now_
  std::vector<std::uint32_t> leaders_;  // in order
  std::size_t work_ = 0;
  std::vector<Output> found_;
  std::set<std::uint32_t> astray_;  // reservations in a ring that is not known, on some way
  std::map<std::uint32_t, std::vector<Constant>> submitted_;  // by what reserved the record
  struct Asked {
    std::uint32_t function, instruction;
    Value record, size, ring;
  };
  std::vector<Asked> asked_;   // by skep_where
  bool is_cut_short_ = false;  // not all ways were followed
};

// Which reserved a record: the function and the instruction.
constexpr std::uint32_t reservation(std::uint32_t function, std::uint32_t instruction) noexcept {
  return function << 20 | instruction;
}

// What both have.
std::vector<Constant> common(const std::vector<Constant>& a, const std::vector<Constant>& b) {
  std::vector<Constant> out = a;
  std::erase_if(out, [&](const Constant& one) { return std::ranges::find(b, one) == b.end(); });
  return out;
}

const Relocation* Walker::relocation_at(std::uint32_t at) const {
  const auto& all = now_->relocations;
  const auto found = std::ranges::lower_bound(all, at, {}, &Relocation::instruction);
  return found != all.end() && found->instruction == at ? &*found : nullptr;
}

void Walker::load_wide(State& state, std::uint32_t at) const {
  Value& out = state.registers[code()[at].dst()];
  const Relocation* relocation = relocation_at(at);
  if (relocation == nullptr) {
    const bool whole = at + 1 < code().size() && code()[at].src() == 0;
    out = whole ? Value{Value::Kind::number, 0,
                        static_cast<std::int64_t>(isa::wide_immediate(code()[at], code()[at + 1]))}
                : Value{};
  } else if (relocation->kind == Relocation::Kind::map) {
    out = {Value::Kind::map, relocation->target, 0};
  } else if (relocation->kind == Relocation::Kind::map_value) {
    out = {Value::Kind::data, relocation->target, relocation->offset};
  } else {
    out = {};
  }
}

void Walker::load(State& state, const Insn& insn) const {
  const Value from = state.registers[insn.src()];
  Value& out = state.registers[insn.dst()];
  out = {};
  if (!from.is(Value::Kind::stack) || from.index != index_ || isa::memory_bytes(insn) != 8) return;
  if (const auto* const slot = state.spilled.find(from.number + insn.off)) out = *slot;
}

void Walker::store(State& state, const Insn& insn) const {
  const Value to = state.registers[insn.dst()];
  const bool is_atomic = isa::mode_of(insn) == isa::mode_atomic;
  if (is_atomic && isa::class_of(insn) == isa::Class::stx) {
    state.registers[insn.src()] = {};
    state.registers[0] = {};
  }
  if (to.is_pointer()) {
    Value value = {Value::Kind::number, 0, insn.imm};
    if (isa::class_of(insn) == isa::Class::stx) value = state.registers[insn.src()];
    state.write(Place::of(to, insn.off), isa::memory_bytes(insn), is_atomic ? Value{} : value);
  }
  if (!to.is(Value::Kind::stack) || to.index != index_) return;
  const std::int64_t at = to.number + insn.off;
  const std::int64_t end = at + isa::memory_bytes(insn);
  state.spilled.erase_if([&](const auto& slot) { return slot.first < end && slot.first + 8 > at; });
  if (isa::class_of(insn) != isa::Class::stx || is_atomic || isa::memory_bytes(insn) != 8) return;
  const Value& value = state.registers[insn.src()];
  if (!value.is(Value::Kind::unknown)) state.spilled.set(at, value);
}

void Walker::arithmetic(State& state, const Insn& insn) const {
  Value& to = state.registers[insn.dst()];
  const bool is_wide = isa::class_of(insn) == isa::Class::alu64;
  Value with = {Value::Kind::number, 0, insn.imm};
  if (isa::uses_source_register(insn)) with = state.registers[insn.src()];
  const auto operation = isa::operation_of(insn);
  // A number and a number, or a pointer that moves by a number.
  const bool moves =
      to.is_pointer() && is_wide && (operation == isa::op_add || operation == isa::op_sub);
  const bool computes = to.is(Value::Kind::number) && can_compute(operation);
  if (operation == isa::op_mov) {
    to = insn.off == 0 && (is_wide || with.is(Value::Kind::number)) ? with : Value{};
  } else if (with.is(Value::Kind::number) && (moves || computes)) {
    to.number = compute(operation, to.number, with.number);
  } else {
    to = {};
  }
  if (!is_wide && to.is(Value::Kind::number)) to.number &= 0xffffffff;
}

// A helper that takes a pointer may write from there on.
void forget_behind(State& state) {
  for (std::size_t i = 1; i <= 5; ++i) {
    const Value& argument = state.registers[i];
    if (argument.is_pointer()) state.forget(Place::of(argument), INT32_MAX);
  }
}

void Walker::call(State& state, std::uint32_t at) const {
  const Insn& insn = code()[at];
  Value result;
  const Value& first = state.registers[1];
  if (isa::is_helper_call(insn) && insn.imm == map_lookup_elem && first.is(Value::Kind::map)) {
    result = {Value::Kind::map_value, first.index, 0};
  } else if (isa::is_helper_call(insn) && insn.imm == ringbuf_reserve) {
    result = {Value::Kind::reserved, reservation(index_, at), 0};
  }
  if (!is_where_call(at) && !is_early_call(at)) forget_behind(state);  // they only read
  std::fill_n(state.registers.begin(), 6, Value{});
  state.registers[0] = result;
}

// Which function of the object is called there; empty: none.
std::string_view Walker::callee_at(std::uint32_t at) const {
  const Relocation* relocation = isa::is_pseudo_call(code()[at]) ? relocation_at(at) : nullptr;
  const bool is_call = relocation != nullptr && relocation->kind == Relocation::Kind::call &&
                       relocation->target < spec_.functions.size();
  return is_call ? std::string_view(spec_.functions[relocation->target].name) : "";
}

void Walker::step(State& state, std::uint32_t at) const {
  const Insn& insn = code()[at];
  if (insn.dst() > 10 || insn.src() > 10) return;
  if (isa::is_lddw(insn)) {
    load_wide(state, at);
  } else if (isa::is_load(insn)) {
    load(state, insn);
  } else if (isa::is_store(insn)) {
    store(state, insn);
  } else if (isa::is_arithmetic(insn)) {
    arithmetic(state, insn);
  } else if (isa::is_call(insn)) {
    call(state, at);
  } else if (isa::class_of(insn) == isa::Class::ld) {  // the packet loads of old
    std::fill_n(state.registers.begin(), 6, Value{});
  }
  state.registers[10] = {Value::Kind::stack, index_, 0};
}

template <typename Onward, typename AtCall>
void Walker::run_block(std::uint32_t at, State state, Onward onward, AtCall at_call) {
  const auto end = std::ranges::upper_bound(leaders_, at);
  for (; is_within(at); at += isa::slots_of(code()[at])) {
    if (end != leaders_.end() && at >= *end) return onward(at, state);
    if (++work_ > most_work) {
      is_cut_short_ = true;
      return;
    }
    const Insn& insn = code()[at];
    if (isa::is_call(insn)) at_call(at, state);
    if (!isa::is_jump(insn) || isa::is_call(insn)) {
      step(state, at);
      continue;
    }
    if (isa::is_exit(insn)) return;
    const bool is_long = insn.code == (static_cast<std::uint8_t>(isa::Class::jmp32) | isa::op_ja);
    const std::int64_t target = std::int64_t{at} + 1 + (is_long ? insn.imm : insn.off);
    if (is_within(target)) onward(static_cast<std::uint32_t>(target), state);
    if (isa::operation_of(insn) == isa::op_ja) return;
  }
}

// What holds at the start of each block, whichever way led there.
Walker::States Walker::settle(const State& entry) {
  States states{{}, std::vector<std::uint32_t>(leaders_.size())};
  states.list.reserve(std::min<std::size_t>(leaders_.size(), 256));
  std::vector<bool> is_waiting(leaders_.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> waiting;  // blocks
  const auto arrive = [&](std::size_t block, const State& state) {
    auto& number = states.numbers[block];
    if (number == 0) {
      states.list.push_back(state);
      number = static_cast<std::uint32_t>(states.list.size());
    } else if (!states.list[number - 1].join(state)) {
      return;
    }
    if (!is_waiting[block]) waiting.push(block);
    is_waiting[block] = true;
  };
  arrive(0, entry);
  while (!waiting.empty() && work_ <= most_work) {
    const auto block = waiting.top();
    waiting.pop();
    is_waiting[block] = false;
    run_block(
        leaders_[block], states.list[states.numbers[block] - 1],
        [&](std::uint32_t next, const State& state) { arrive(block_of(next), state); },
        [](std::uint32_t, const State&) {});
  }
  return states;
}

// Nothing else is noted.
bool Walker::calls_within(std::size_t block) const {
  const auto size = code().size();
  const auto end = block + 1 < leaders_.size() ? leaders_[block + 1] : size;
  const auto list = std::span(code()).first(std::min<std::size_t>(end, size));
  return std::ranges::any_of(list.subspan(std::min<std::size_t>(leaders_[block], list.size())),
                             [](const Insn& insn) { return isa::is_call(insn); });
}

Output::Place place_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::stack:
      return Output::Place::stack;
    case Value::Kind::map_value:
      return Output::Place::map_value;
    case Value::Kind::data:
      return Output::Place::data;
    case Value::Kind::reserved:
      return Output::Place::reserved;
    default:
      return Output::Place::unknown;
  }
}

// A map, or the ring buffer that was looked up in an array of them: they are one stream.
std::optional<std::uint32_t> Walker::map_in(const Value& value) const {
  const bool is_looked_up = value.is(Value::Kind::map_value) && value.number == 0 &&
                            object::holds_rings(spec_.maps[value.index]);
  if (!value.is(Value::Kind::map) && !is_looked_up) return std::nullopt;
  return value.index;
}

void Walker::note_output(const State& state, std::uint32_t at) {
  const auto shape = shape_of(code()[at].imm);
  if (!shape) return;
  const auto map = map_in(state.registers[shape->map]);
  if (!map) {
    if (shape->source == 0) astray_.insert(reservation(index_, at));
    return;
  }
  Output out{.map = *map, .function = index_, .instruction = at};
  const Value& size = state.registers[shape->size];
  if (size.is(Value::Kind::number) && size.number >= 0 && size.number <= UINT32_MAX) {
    out.size = static_cast<std::uint32_t>(size.number);
  }
  if (shape->source == 0) {
    out.place = Output::Place::reserved;
  } else {
    const Value& source = state.registers[shape->source];
    out.place = place_of(source.kind);
    (out.place == Output::Place::stack ? out.frame : out.place_map) = source.index;
    out.offset = source.number;
    if (source.is_pointer()) out.constants = state.head_of(Place::of(source));
  }
  found_.push_back(std::move(out));
}

// What every submit of the record agrees on.
void Walker::note_submit(const State& state) {
  const Value& record = state.registers[1];
  if (!record.is(Value::Kind::reserved) || record.number != 0) return;
  auto head = state.head_of(Place::of(record));
  add_submit(record.index, head);
}

void Walker::add_submit(std::uint32_t reserved, const std::vector<Constant>& head) {
  const auto [known, is_new] = submitted_.try_emplace(reserved, head);
  if (!is_new) known->second = common(known->second, head);
}

void Walker::add_heads() {
  for (auto& output : found_) {
    if (output.place != Output::Place::reserved) continue;
    const auto head = submitted_.find(reservation(output.function, output.instruction));
    if (head != submitted_.end()) output.constants = head->second;
  }
}

// A call of a function of the object.
void Walker::enter(const State& state, std::uint32_t at, std::uint32_t depth) {
  const Relocation* relocation = relocation_at(at);
  if (relocation == nullptr || relocation->kind != Relocation::Kind::call) return;
  if (depth >= most_depth || relocation->target >= spec_.functions.size()) {
    is_cut_short_ = true;
    return;
  }
  Arguments arguments;
  std::copy_n(state.registers.begin() + 1, 5, arguments.begin());
  Walker callee(spec_);
  callee.work_ = work_;
  callee.walk(relocation->target, arguments, depth + 1);
  work_ = callee.work_;
  is_cut_short_ |= callee.is_cut_short_;
  found_.insert(found_.end(), callee.found_.begin(), callee.found_.end());
  asked_.insert(asked_.end(), callee.asked_.begin(), callee.asked_.end());
  astray_.insert(callee.astray_.begin(), callee.astray_.end());
  for (const auto& [reserved, head] : callee.submitted_) add_submit(reserved, head);
}

void Walker::walk(std::uint32_t function, const Arguments& arguments, std::uint32_t depth) {
  index_ = function;
  now_ = &spec_.functions[function];
  leaders_ = find_leaders(code());
  State entry;
  std::copy(arguments.begin(), arguments.end(), entry.registers.begin() + 1);
  entry.registers[10] = {Value::Kind::stack, index_, 0};
  const auto states = settle(entry);
  for (std::size_t block = 0; block < leaders_.size(); ++block) {
    const auto number = states.numbers[block];
    if (number == 0 || !calls_within(block)) continue;
    run_block(
        leaders_[block], states.list[number - 1], [](std::uint32_t, const State&) {},
        [&](std::uint32_t place, const State& now) {
          if (isa::is_helper_call(code()[place])) note_output(now, place);
          if (isa::is_helper_call(code()[place]) && code()[place].imm == ringbuf_submit) {
            note_submit(now);
          }
          if (is_where_call(place)) {
            asked_.push_back({index_, place, now.registers[1], now.registers[2], now.registers[3]});
          } else if (isa::is_pseudo_call(code()[place]) && !is_early_call(place)) {
            enter(now, place, depth);
          }
        });
  }
  add_heads();
}

// Of one place that is reached in several ways: the same ring on all of them. The same size, too.
std::optional<Output> Walker::reserved_by(std::uint32_t reserved) const {
  std::optional<Output> all;
  if (astray_.contains(reserved)) return all;
  for (const auto& output : found_) {
    if (output.place != Output::Place::reserved) continue;
    if (reservation(output.function, output.instruction) != reserved) continue;
    if (all && all->map != output.map) return std::nullopt;
    const bool is_other = all && all->size != output.size;
    if (!all) all = output;
    if (is_other) all->size.reset();
  }
  return all;
}

// That the call names, or that the record was reserved in; else the only one that there is.
std::optional<std::uint32_t> Walker::ring_of(const Value& record, const Value& ring) const {
  if (ring.is(Value::Kind::map)) return ring.index;
  if (record.is(Value::Kind::reserved)) {
    const auto output = reserved_by(record.index);
    return output ? std::optional(output->map) : std::nullopt;
  }
  const auto is_ring = [](const MapSpec& map) {
    return map.type == MapType::ringbuf || object::holds_rings(map);
  };
  if (!astray_.empty() || std::ranges::count_if(spec_.maps, is_ring) != 1) return std::nullopt;
  return static_cast<std::uint32_t>(std::ranges::find_if(spec_.maps, is_ring) - spec_.maps.begin());
}

// Of a place that is reached in several ways, what holds on all of them: when all were followed.
std::vector<WhereCall> Walker::where_calls() const {
  if (is_cut_short_) return {};
  std::map<std::pair<std::uint32_t, std::uint32_t>, WhereCall> out;
  for (const auto& asked : asked_) {
    WhereCall call{asked.function, asked.instruction, ring_of(asked.record, asked.ring), 1};
    // A copied record of which nothing is known may lie on the stack.
    const bool is_copied = asked.ring.is(Value::Kind::map);
    if (asked.record.is(Value::Kind::reserved) && !is_copied) {
      if (const auto output = reserved_by(asked.record.index)) call.reserved = output->size;
    }
    call.is_copied = is_copied;
    call.is_void = !is_copied && asked.size == Value{Value::Kind::number, 0, 1};
    if (asked.record.is(Value::Kind::stack)) {
      call.alignment = std::uint32_t{1}
                       << std::countr_zero(static_cast<std::uint64_t>(asked.record.number) | 8U);
    } else if (asked.record.is_pointer() || !is_copied) {
      call.alignment = 0;
    }
    const auto [known, is_new] = out.try_emplace({call.function, call.instruction}, call);
    if (is_new) continue;
    WhereCall& first = known->second;
    if (first.map != call.map) first.map.reset();
    if (first.reserved != call.reserved) first.reserved.reset();
    first.is_copied &= call.is_copied;
    first.is_void |= call.is_void;
    if (first.alignment == 0 || (call.alignment != 0 && call.alignment < first.alignment)) {
      first.alignment = call.alignment;
    }
  }
  std::vector<WhereCall> list;
  list.reserve(out.size());
  for (const auto& [place, call] : out) list.push_back(call);
  return list;
}

Walker walk_all(const ObjectSpec& spec) {
  Walker walker(spec);
  for (const auto& program : spec.programs) walker.walk(program.function, {}, 0);
  // Those that the kernel calls: of timers, loops, listings.
  std::set<std::uint32_t> callbacks;
  for (const auto& function : spec.functions) {
    for (const auto& one : function.relocations) {
      if (one.kind == Relocation::Kind::function) callbacks.insert(one.target);
    }
  }
  for (const auto callback : callbacks) walker.walk(callback, {}, 0);
  return walker;
}

}  // namespace

std::vector<Output> find_outputs(const ObjectSpec& spec) { return walk_all(spec).take(); }

std::vector<WhereCall> find_where_calls(const ObjectSpec& spec) {
  return walk_all(spec).where_calls();
}

}  // namespace skep::stream
