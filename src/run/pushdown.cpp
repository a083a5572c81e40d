#include "run/pushdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <string>
#include <utility>

#include "isa/encode.hpp"
#include "isa/opcode.hpp"
#include "record/where_kernel.hpp"
#include "run/attach.hpp"
#include "run/process_column.hpp"
#include "stream/ledger.hpp"
#include "stream/outputs.hpp"

namespace skep::run {
namespace {

// One kind of record of a stream, and which of them the kernel may keep back.
struct Kind {
  std::string type;  // of the record; empty: of none that is known
  std::optional<std::uint32_t> bytes;
  std::optional<stream::RecordTag> tag;
  std::optional<record::Where> where;
  std::vector<record::WherePart> parts;
};

PlannedWhere in_user_space(std::string rows, const std::string& text, std::string why) {
  return {std::move(rows), {{text, std::move(why)}}};
}

class Pusher {
 public:
  Pusher(ObjectSpec& spec, const Plan& plan, const RowOptions& options, bool follows_command)
      : spec_(spec), plan_(plan), options_(options), follows_command_(follows_command) {
    const auto found =
        std::ranges::find(spec.functions, stream::where_function, &FunctionSpec::name);
    if (found == spec.functions.end()) return;
    function_ = static_cast<std::uint32_t>(found - spec.functions.begin());
    if (!options.where.empty()) calls_ = stream::find_where_calls(spec);
  }

  std::vector<PlannedWhere> push() {
    if (!options_.where.empty()) {
      for (const auto& stream : plan_.streams) push(stream);
      name_others();
    }
    if (function_) cut_calls();
    return std::move(out_);
  }

 private:
  void push(const PlannedStream& stream) {
    auto why = why_not(stream);
    auto kinds = why.empty() ? kinds_of(stream) : std::vector<Kind>();
    const bool has_any =
        std::ranges::any_of(kinds, [](const Kind& kind) { return kind.where.has_value(); });
    if (has_any && !put_functions(stream, kinds)) why = "it is too long";
    if (!why.empty()) {
      out_.push_back(in_user_space(stream.map, options_.where, why));
      return;
    }
    for (auto& kind : kinds) {
      if (kind.type.empty() && kinds.size() > 1) continue;
      PlannedWhere planned{kinds.size() > 2 ? fmt::format("{} {}", stream.map, kind.type)
                                            : stream.map};
      planned.parts.reserve(kind.parts.size());
      for (auto& part : kind.parts) {
        planned.parts.push_back({std::move(part.text), std::move(part.why)});
      }
      out_.push_back(std::move(planned));
    }
  }

  [[nodiscard]] std::string why_not(const PlannedStream& stream) const {
    if (stream.type != MapType::ringbuf) return "a perf buffer's records are not asked about";
    const auto is_its = [&](const auto& call) { return is_for(call, stream); };
    if (std::ranges::none_of(calls_, is_its)) return why_nobody_asks();
    if (std::ranges::none_of(calls_,
                             [&](const auto& call) { return is_its(call) && is_sized(call); })) {
      return "of how many bytes a record is cannot be told";
    }
    const bool has_process = std::ranges::any_of(stream.records, [](const PlannedRecord& record) {
      return find_process_column(record.schema).has_value();
    });
    if (follows_command_ && has_process) return "the command's rows are chosen first";
    if (!stream::find_unwanted_counter(spec_, stream.map)) return "nothing would count them";
    return {};
  }

  [[nodiscard]] bool is_for(const stream::WhereCall& call, const PlannedStream& stream) const {
    return call.map && spec_.maps[*call.map].name == stream.map;
  }
  // Else every record would be too short for its type.
  static bool is_sized(const stream::WhereCall& call) { return !call.is_void || call.reserved; }

  [[nodiscard]] std::string why_nobody_asks() const {
    const auto is_call = [&](const Relocation& relocation) {
      return relocation.kind == Relocation::Kind::call && relocation.target == function_;
    };
    const bool is_sent = std::ranges::any_of(spec_.functions, [&](const FunctionSpec& function) {
      return std::ranges::any_of(function.relocations, is_call);
    });
    if (is_sent && calls_.empty()) return "its programs are too long to be followed";
    const bool is_astray =
        std::ranges::any_of(calls_, [](const auto& call) { return !call.map.has_value(); });
    if (is_astray) return "which stream a record is for is not the same each time";
    return "its programs do not send records by skep/stream.bpf.h, which asks";
  }

  // In the order in which RowWriter looks which one a record is of; the last takes all that is
  // left.
  [[nodiscard]] std::vector<Kind> kinds_of(const PlannedStream& stream) const {
    std::vector<Kind> out;
    const auto is_rest = [](const PlannedRecord& record) { return !record.bytes && !record.tag; };
    for (const auto& record : stream.records) {
      if (!is_rest(record)) out.push_back(kind_of(record));
    }
    const auto rest = std::ranges::find_if(stream.records, is_rest);
    if (rest != stream.records.end()) {
      out.push_back(kind_of(*rest));
    } else if (out.empty() || options_.format != Format::csv) {
      out.push_back(kind_of(record::raw_schema(stream.map)));
    }
    return out;
  }

  [[nodiscard]] Kind kind_of(const PlannedRecord& record) const {
    Kind out = kind_of(names_stacks(options_.format) ? without_stacks(record.schema, record.stacks)
                                                     : record.schema);
    out.type = record.schema.name;
    out.bytes = record.bytes;
    out.tag = record.tag;
    return out;
  }

  // Rows that have not all columns of the expression are not shown: see check_choice().
  [[nodiscard]] Kind kind_of(const record::Schema& schema) const {
    const auto tree = record::where::parse(options_.where);
    if (!tree) return {};
    auto split = record::split_where(*tree, schema);
    if (split) return {.where = std::move(split->where), .parts = std::move(split->parts)};
    return {.where = record::Where::nothing(), .parts = {{options_.where, {}}}};
  }

  // One for each way in which the records may be read. False when it would be too long.
  bool put_functions(const PlannedStream& stream, const std::vector<Kind>& kinds) {
    const auto counter = *stream::find_unwanted_counter(spec_, stream.map);
    std::vector<record::KernelKind> asked;
    asked.reserve(kinds.size());
    for (const Kind& kind : kinds) {
      asked.push_back({kind.bytes, kind.tag, kind.where ? &*kind.where : nullptr});
    }
    using Shape = std::pair<std::uint32_t, std::optional<std::uint32_t>>;
    std::map<Shape, std::uint32_t> made;  // functions by alignment and size
    std::vector<std::pair<stream::WhereCall, std::uint32_t>> wanted;
    for (const auto& call : calls_) {
      if (!is_for(call, stream) || !is_sized(call)) continue;
      const auto [known, is_new] = made.try_emplace({call.alignment, call.reserved}, 0);
      if (is_new) {
        const auto code = record::where_code(
            asked, call.alignment,
            {spec_.maps[counter.map].name, counter.offset, counter.stride, counter.cells},
            call.reserved);
        const auto function = code ? add_function(*code, counter) : std::nullopt;
        if (!function) return false;
        known->second = *function;
      }
      wanted.emplace_back(call, known->second);
    }
    for (const auto& [call, function] : wanted) redirect(call, function);
    return true;
  }

  // A function like skep_where but for what it does.
  std::optional<std::uint32_t> add_function(const assembly::Code& code,
                                            const stream::CounterPlace& counter) {
    auto encoded = isa::encode(code);
    if (!encoded) return std::nullopt;
    FunctionSpec out = spec_.functions[*function_];
    out.instructions = std::move(encoded->instructions);
    out.relocations.clear();
    out.core_relocations.clear();
    const auto is_inside = [](const auto& record) { return record.instruction > 0; };
    std::erase_if(out.function_info, is_inside);
    std::erase_if(out.line_info, is_inside);
    for (const auto& reference : encoded->references) {
      out.relocations.push_back(
          {Relocation::Kind::map_value, reference.instruction, counter.map, reference.offset});
    }
    spec_.functions.push_back(std::move(out));
    return static_cast<std::uint32_t>(spec_.functions.size() - 1);
  }

  void redirect(const stream::WhereCall& call, std::uint32_t function) {
    for (auto& relocation : spec_.functions[call.function].relocations) {
      if (relocation.instruction == call.instruction) relocation.target = function;
    }
  }

  // Calls that nobody answers otherwise: r0 = 1, so that the verifier takes the branch that
  // discards away. What moved the arguments to their registers remains.
  void cut_calls() {
    constexpr Insn one{.code = static_cast<std::uint8_t>(isa::Class::alu64) | isa::op_mov,
                       .imm = 1};
    for (auto& function : spec_.functions) {
      std::erase_if(function.relocations, [&](const Relocation& relocation) {
        const bool is_cut = relocation.kind == Relocation::Kind::call &&
                            relocation.target == *function_ &&
                            relocation.instruction < function.instructions.size();
        if (is_cut) function.instructions[relocation.instruction] = one;
        return is_cut;
      });
    }
  }

  // Rows that are no records.
  void name_others() {
    for (const auto& table : plan_.tables) {
      if (!table.shown) continue;
      out_.push_back(in_user_space(table.map, options_.where, "entries of maps are read there"));
    }
    for (const auto& iterator : plan_.iterators) {
      out_.push_back(in_user_space(iterator.program, options_.where, "its lines are read there"));
    }
    if (plan_.prints) {
      out_.push_back(in_user_space("bpf_printk", options_.where, "its lines are read there"));
    }
  }

  ObjectSpec& spec_;
  const Plan& plan_;
  const RowOptions& options_;
  bool follows_command_;
  std::optional<std::uint32_t> function_;  // skep_where
  std::vector<stream::WhereCall> calls_;
  std::vector<PlannedWhere> out_;
};

bool is_in_kernel(const PlannedWhere& rows) {
  return std::ranges::any_of(rows.parts, [](const auto& part) { return part.why.empty(); });
}

// What the verifier says of the first program that it refused: of one alone, of all the object.
std::optional<std::string> refusal_of(const Result<Object>& object) {
  const auto is_rejected = [](const Error& error) { return error.kind() == ErrorKind::rejected; };
  if (!object && is_rejected(object.error())) return std::string(object.error().message());
  if (!object) return std::nullopt;
  const auto& all = object->refused();
  const auto found = std::ranges::find_if(all, is_rejected, &RefusedProgram::error);
  return found == all.end() ? std::nullopt : std::optional(std::string(found->error.message()));
}

}  // namespace

std::vector<PlannedWhere> push_where(ObjectSpec& spec, const Plan& plan, const RowOptions& options,
                                     bool follows_command) {
  return Pusher(spec, plan, options, follows_command).push();
}

Result<Object> load_with_where(ObjectSpec spec, Plan& plan, const SessionOptions& options,
                               const std::optional<Btf>& kernel_types, kernel::Syscalls* syscalls) {
  std::optional<ObjectSpec> whole;
  if (!options.where.empty()) whole = spec;
  plan.where = push_where(spec, plan, options, !options.command.empty());
  auto object = load_all(std::move(spec), kernel_types, options, syscalls);
  const auto refusal = refusal_of(object);
  if (!refusal || std::ranges::none_of(plan.where, is_in_kernel)) return object;
  (void)push_where(*whole, plan, RowOptions(), false);
  auto again = load_all(*std::move(whole), kernel_types, options, syscalls);
  // Alternatives that are refused as they are, too.
  if (object && (!again || again->programs().size() <= object->programs().size())) return object;
  if (!again) return again;
  plan.notes.push_back(
      fmt::format("--where is tested in user space alone: with it in the program, {}", *refusal));
  for (auto& rows : plan.where) {
    for (auto& part : rows.parts) {
      if (part.why.empty()) part.why = "this kernel's verifier refuses it";
    }
  }
  return again;
}

}  // namespace skep::run
