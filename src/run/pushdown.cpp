#include "run/pushdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "isa/encode.hpp"
#include "isa/opcode.hpp"
#include "record/where_kernel.hpp"
#include "run/attach.hpp"
#include "run/early.hpp"
#include "run/process_column.hpp"
#include "stream/ledger.hpp"
#include "stream/outputs.hpp"

namespace skep::run {
namespace {

constexpr const char* size_unknown = "of how many bytes a record is cannot be told";
constexpr const char* stream_unknown = "which stream a record is for is not the same each time";

// One kind of record of a stream, and which of them the kernel may keep back.
struct Kind {
  std::string type;  // of the record; empty: of none that is known
  std::optional<std::uint32_t> bytes;
  std::optional<stream::RecordTag> tag;
  record::KernelWhere tests = {};
};

PlannedWhere in_user_space(std::string rows, const std::string& text, std::string why) {
  return {.rows = std::move(rows), .parts = {{text, std::move(why)}}, .exceptions = {}};
}

class Pusher {
 public:
  Pusher(ObjectSpec& spec, const Plan& plan, const RowOptions& options, bool follows_command)
      : spec_(spec), plan_(plan), options_(options), follows_command_(follows_command) {
    for (std::uint32_t i = 0; i < spec.functions.size(); ++i) {
      const auto& name = spec.functions[i].name;
      if (name == stream::where_function) function_ = i;
      if (name == stream::where_function || name.starts_with(stream::early_prefix)) {
        unanswered_.insert(i);
      }
    }
    if (function_ && !options.where.empty()) calls_ = stream::find_where_calls(spec);
  }

  std::vector<PlannedWhere> push() {
    if (!options_.where.empty()) {
      for (const auto& stream : plan_.streams) push(stream);
      name_others();
    }
    cut_calls();
    return std::move(out_);
  }

 private:
  // What became of the expression in a stream's programs.
  struct Outcome {
    std::string why_late;       // it is not asked about what is made; empty: it is
    bool is_early = false;      // it is asked about what is known before
    bool copies_alone = false;  // all is made elsewhere, and copied
  };

  void push(const PlannedStream& stream) {
    Outcome outcome{.why_late = why_not_late(stream)};
    auto why = why_not(stream);
    std::optional<EarlyQuestion> question;
    if (why.empty()) question = find_early_question(spec_, stream.map);
    if (!question && why.empty()) why = outcome.why_late;
    if (!why.empty()) {
      out_.push_back(in_user_space(stream.map, options_.where, why));
      return;
    }
    const auto kinds = kinds_of(stream, question);
    const bool has_any =
        std::ranges::any_of(kinds, [](const Kind& kind) { return kind.tests.where.has_value(); });
    if (outcome.why_late.empty() && has_any && !put_functions(stream, kinds)) {
      outcome.why_late = "it is too long";
    }
    outcome.is_early = question && put_early(stream, *question, kinds);
    outcome.copies_alone = std::ranges::all_of(calls_, [&](const auto& call) {
      return call.map && (call.is_copied || !is_for(call, stream));
    });
    for (const auto& kind : kinds) {
      if (!kind.type.empty() || kinds.size() == 1) say(stream, kind, kinds.size() > 2, outcome);
    }
  }

  void say(const PlannedStream& stream, const Kind& kind, bool are_many, const Outcome& outcome) {
    PlannedWhere planned{
        .rows = are_many ? fmt::format("{} {}", stream.map, kind.type) : stream.map,
        .parts = {},
        .exceptions = {}};
    planned.parts.reserve(kind.tests.parts.size());
    for (const auto& part : kind.tests.parts) {
      const bool is_early = outcome.is_early && part.is_early;
      planned.parts.push_back({.text = part.text,
                               .why = part.why.empty() && !is_early ? outcome.why_late : part.why,
                               .is_before_reserve = is_early || outcome.copies_alone});
    }
    if (outcome.why_late.empty()) planned.exceptions = exceptions_of(stream);
    out_.push_back(std::move(planned));
  }

  // Calls that may be for this stream and are cut all the same.
  [[nodiscard]] std::vector<PlannedWhere::Exception> exceptions_of(
      const PlannedStream& stream) const {
    std::vector<PlannedWhere::Exception> out;
    for (const auto& call : calls_) {
      const bool is_unsized = is_for(call, stream) && !is_sized(call);
      if (call.map && !is_unsized) continue;
      const auto& function = spec_.functions[call.function].name;
      if (std::ranges::find(out, function, &PlannedWhere::Exception::function) != out.end()) {
        continue;
      }
      out.push_back({function, is_unsized ? size_unknown : stream_unknown});
    }
    return out;
  }

  // Nothing of it, in no place.
  [[nodiscard]] std::string why_not(const PlannedStream& stream) const {
    if (stream.type != MapType::ringbuf) return "a perf buffer's records are not asked about";
    const bool has_process = std::ranges::any_of(stream.records, [](const PlannedRecord& record) {
      return find_process_column(record.schema).has_value();
    });
    if (follows_command_ && has_process) return "the command's rows are chosen first";
    if (!stream::find_unwanted_counter(spec_, stream.map)) return why_not_counted(stream);
    return {};
  }

  [[nodiscard]] std::string why_not_counted(const PlannedStream& stream) const {
    auto why = why_not_late(stream);
    return why.empty() ? "nothing would count them" : why;
  }

  // Nothing of what is made.
  [[nodiscard]] std::string why_not_late(const PlannedStream& stream) const {
    const auto is_its = [&](const auto& call) { return is_for(call, stream); };
    if (std::ranges::none_of(calls_, is_its)) return why_nobody_asks();
    const bool has_size = std::ranges::any_of(
        calls_, [&](const auto& call) { return is_its(call) && is_sized(call); });
    return has_size ? "" : size_unknown;
  }

  [[nodiscard]] bool is_for(const stream::WhereCall& call, const PlannedStream& stream) const {
    return call.map && spec_.maps[*call.map].name == stream.map;
  }
  // Else every record would be too short for its type.
  static bool is_sized(const stream::WhereCall& call) { return !call.is_void || call.reserved; }

  [[nodiscard]] std::string why_nobody_asks() const {
    const bool is_sent = function_ && is_called(spec_, *function_);
    if (is_sent && calls_.empty()) return "its programs are too long to be followed";
    const bool is_astray =
        std::ranges::any_of(calls_, [](const auto& call) { return !call.map.has_value(); });
    if (is_astray) return stream_unknown;
    return "its programs do not send records by skep/stream.bpf.h, which asks, or were compiled "
           "with SKEP_UNASKED";
  }

  // In the order in which RowWriter looks which one a record is of; the last takes all that is
  // left.
  [[nodiscard]] std::vector<Kind> kinds_of(const PlannedStream& stream,
                                           const std::optional<EarlyQuestion>& question) const {
    std::vector<Kind> out;
    const auto is_rest = [](const PlannedRecord& record) { return !record.bytes && !record.tag; };
    for (const auto& record : stream.records) {
      if (!is_rest(record)) out.push_back(kind_of(record, question));
    }
    const auto rest = std::ranges::find_if(stream.records, is_rest);
    if (rest != stream.records.end()) {
      out.push_back(kind_of(*rest, question));
    } else if (out.empty() || options_.format != Format::csv) {
      out.push_back({.type = {},
                     .bytes = {},
                     .tag = {},
                     .tests = tests_of(record::raw_schema(stream.map), {})});
    }
    return out;
  }

  [[nodiscard]] Kind kind_of(const PlannedRecord& record,
                             const std::optional<EarlyQuestion>& question) const {
    std::vector<record::SameBits> known;
    if (question) known = known_early(spec_, *question, record);
    return {.type = record.schema.name,
            .bytes = record.bytes,
            .tag = record.tag,
            .tests = tests_of(names_stacks(options_.format)
                                  ? without_stacks(record.schema, record.stacks)
                                  : record.schema,
                              known)};
  }

  // Rows that have not all columns of the expression are not shown: see check_choice().
  [[nodiscard]] record::KernelWhere tests_of(const record::Schema& schema,
                                             std::span<const record::SameBits> known) const {
    const auto tree = record::where::parse(options_.where);
    if (!tree) return {};
    auto split = record::split_where(*tree, schema, known);
    if (split) return *std::move(split);
    return {.where = record::Where::nothing(),
            .early = record::Where::nothing(),
            .parts = {{.text = options_.where, .why = {}, .is_early = true}}};
  }

  // One for each way in which the records may be read. False when it would be too long.
  bool put_functions(const PlannedStream& stream, const std::vector<Kind>& kinds) {
    const auto counter = *stream::find_unwanted_counter(spec_, stream.map);
    std::vector<record::KernelKind> asked;
    asked.reserve(kinds.size());
    for (const auto& [type, bytes, tag, tests] : kinds) {
      asked.push_back({bytes, tag, tests.where ? &*tests.where : nullptr});
    }
    using Shape = std::pair<std::uint32_t, std::optional<std::uint32_t>>;
    std::map<Shape, std::uint32_t> made;  // functions by alignment and size
    std::vector<std::pair<stream::WhereCall, std::uint32_t>> wanted;
    for (const auto& call : calls_) {
      if (!is_for(call, stream) || !is_sized(call)) continue;
      const auto [known, is_new] = made.try_emplace({call.alignment, call.reserved}, 0);
      if (is_new) {
        auto function = function_of(
            *function_, record::where_code(asked, call.alignment, place_of(counter), call.reserved),
            counter);
        if (!function) return false;
        spec_.functions.push_back(*std::move(function));
        known->second = static_cast<std::uint32_t>(spec_.functions.size() - 1);
      }
      wanted.emplace_back(call, known->second);
    }
    for (const auto& [call, function] : wanted) redirect(call, function);
    return true;
  }

  // Where one kind of record may be anything, as far as that is known, so may be all. False when
  // nothing is asked.
  bool put_early(const PlannedStream& stream, const EarlyQuestion& question,
                 const std::vector<Kind>& kinds) {
    const auto counter = *stream::find_unwanted_counter(spec_, stream.map);
    std::vector<record::Where> wheres;
    for (const Kind& kind : kinds) {
      if (!kind.tests.early) return false;
      wheres.push_back(*kind.tests.early);
    }
    auto function =
        function_of(question.function,
                    record::early_code(wheres, question.alignment, place_of(counter)), counter);
    if (!function) return false;
    spec_.functions[question.function] = *std::move(function);
    unanswered_.erase(question.function);
    return true;
  }

  [[nodiscard]] record::WhereCounter place_of(const stream::CounterPlace& counter) const {
    return {spec_.maps[counter.map].name, counter.offset, counter.stride, counter.cells};
  }

  // A function like another one but for what it does.
  [[nodiscard]] std::optional<FunctionSpec> function_of(std::uint32_t like,
                                                        const std::optional<assembly::Code>& code,
                                                        const stream::CounterPlace& counter) const {
    if (!code) return std::nullopt;
    auto encoded = isa::encode(*code);
    if (!encoded) return std::nullopt;
    FunctionSpec out = spec_.functions[like];
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
    return out;
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
                            unanswered_.contains(relocation.target) &&
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
  std::set<std::uint32_t> unanswered_;     // that, and those that are asked early
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
                               const std::optional<Btf>& kernel_types) {
  std::optional<ObjectSpec> whole;
  if (!options.where.empty()) whole = spec;
  plan.where = push_where(spec, plan, options, !options.command.empty());
  auto object = load_all(std::move(spec), kernel_types, options);
  const auto refusal = refusal_of(object);
  if (!refusal || std::ranges::none_of(plan.where, is_in_kernel)) return object;
  (void)push_where(*whole, plan, RowOptions(), false);
  auto again = load_all(*std::move(whole), kernel_types, options);
  // Alternatives that are refused as they are, too.
  if (object && (!again || again->programs().size() <= object->programs().size())) return object;
  if (!again) return again;
  plan.notes.push_back(
      fmt::format("--where is tested in user space alone: with it in the program, {}", *refusal));
  for (auto& rows : plan.where) {
    for (auto& part : rows.parts) {
      if (part.why.empty()) part.why = "this kernel's verifier refuses it";
    }
    rows.exceptions.clear();
  }
  return again;
}

}  // namespace skep::run
