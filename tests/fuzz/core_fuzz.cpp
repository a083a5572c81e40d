// The CO-RE engine: a part of local types, a part of the target's, a part of questions, and the
// rest as names that both share, so that candidates are found. Every question is answered, and the
// answer written into two instructions.
#include <algorithm>
#include <cstdint>

#include "any_types.hpp"
#include "btf/compare.hpp"
#include "object/core.hpp"

namespace {

using namespace skep;

struct Question {
  std::uint32_t type, access, kind, index;
  Insn code[2];
};
static_assert(sizeof(Question) == 32);

constexpr std::size_t most_questions = 24;
constexpr btf::TypeId most_compared = 8;

// Only the instruction in question may change, and the second half of an lddw.
void apply(const Question& question, const CoreRelocation& relocation,
           const object::CoreAnswer& answer) {
  const Insn exit{.code = 0x95};
  const std::vector before{question.code[0], question.code[1], exit};
  auto code = before;
  const auto index = question.index % 4;
  const auto done = object::apply_core(code, index, relocation, answer);
  if (code.size() != before.size()) __builtin_trap();
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool is_asked = done && (i == index || i == index + 1);
    if (!is_asked && code[i] != before[i]) __builtin_trap();
  }
}

void ask(object::CoreEngine& engine, const Question& question, std::uint32_t types,
         std::uint32_t strings) {
  const CoreRelocation relocation{0, question.type % types, question.access % strings,
                                  question.kind % 16};
  const auto answer = engine.answer(relocation);
  if (!answer) return;
  apply(question, relocation, *answer);
  // The candidates are narrower now, the answer is not.
  const auto again = engine.answer(relocation);
  if (!again || again->value != answer->value || again->target.text() != answer->target.text())
    __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = std::as_bytes(std::span(data, size));
  const auto local_bytes = test::take_part(rest), target_bytes = test::take_part(rest),
             questions = test::take_part(rest);
  const auto local = test::AnyTypes(local_bytes, rest).btf();
  const auto target = test::AnyTypes(target_bytes, rest).btf();
  for (btf::TypeId id = 0; id < std::min({local.end_id(), target.end_id(), most_compared}); ++id) {
    if (btf::first_difference(local, id, local, id)) __builtin_trap();  // it is like itself
    static_cast<void>(btf::first_difference(local, id, target, id));
  }
  object::CoreEngine engine(local, &target);
  for (std::size_t i = 0; i < most_questions; ++i) {
    const auto question = read_at<Question>(questions, i * sizeof(Question));
    if (!question) break;
    ask(engine, *question, local.end_id(), static_cast<std::uint32_t>(rest.size() + 2));
  }
  return 0;
}
