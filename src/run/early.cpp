#include "run/early.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "btf/compare.hpp"
#include "btf/layout.hpp"
#include "stream/outputs.hpp"

namespace skep::run {
namespace {

constexpr int most_nested = 8;

// Members by their names, those of anonymous structs and unions in their place.
void add_members(const Btf& types, const btf::Type& type, std::uint32_t bits, int depth,
                 std::vector<btf::Member>& out) {
  for (auto member : type.members()) {
    member.bit_offset += bits;
    if (!member.name.empty()) {
      out.push_back(member);
    } else if (btf::is_embedded(types, member) && depth < most_nested) {
      add_members(types, types.strip(member.type), member.bit_offset, depth + 1, out);
    }
  }
}

std::vector<btf::Member> members_of(const Btf& types, btf::TypeId id) {
  std::vector<btf::Member> out;
  if (const auto type = types.strip(id); type.is_composite()) add_members(types, type, 0, 0, out);
  return out;
}

// Whether equal values of both are the same bytes: not of a bool and a number.
bool are_alike(const Btf& known_types, const btf::Member& known, const Btf& record_types,
               const btf::Member& record) {
  return known.bit_size == record.bit_size && known.bit_offset % 8 == record.bit_offset % 8 &&
         !btf::first_difference(known_types, known.type, record_types, record.type);
}

std::optional<btf::Member> member_named(const PlannedRecord& record, std::string_view name) {
  const auto members = members_of(record.types, record.type);
  const auto found = std::ranges::find(members, name, &btf::Member::name);
  return found == members.end() ? std::nullopt : std::optional(*found);
}

// Why the member says nothing; empty when it does.
std::string why_useless(const Btf& types, const btf::Member& known, const PlannedStream& stream) {
  std::string why = "no record has it";
  for (const auto& record : stream.records) {
    if (record.type == 0) return {};
    const auto member = member_named(record, known.name);
    if (!member) continue;
    if (are_alike(types, known, record.types, *member)) return {};
    why = fmt::format("it is '{}' there, and '{}' in {}", types.c_name(known.type),
                      record.types.c_name(member->type), record.schema.name);
  }
  return why;
}

}  // namespace

bool is_called(const ObjectSpec& spec, std::uint32_t function) {
  const auto is_call = [&](const Relocation& relocation) {
    return relocation.kind == Relocation::Kind::call && relocation.target == function;
  };
  return std::ranges::any_of(spec.functions, [&](const FunctionSpec& one) {
    return std::ranges::any_of(one.relocations, is_call);
  });
}

std::optional<EarlyQuestion> find_early_question(const ObjectSpec& spec, std::string_view stream) {
  const auto name = fmt::format("{}{}", stream::early_prefix, stream);
  const auto found = std::ranges::find(spec.functions, name, &FunctionSpec::name);
  if (found == spec.functions.end() || found->function_info.empty()) return std::nullopt;
  EarlyQuestion out{.function = static_cast<std::uint32_t>(found - spec.functions.begin())};
  if (!is_called(spec, out.function)) return std::nullopt;
  const auto prototype = spec.types.strip(spec.types.type(found->function_info[0].type).target());
  if (!prototype.is(btf::Kind::func_proto) || prototype.vlen() != 1) return std::nullopt;
  const auto pointer = spec.types.strip(prototype.parameter(0).type);
  if (!pointer.is(btf::Kind::ptr) || !spec.types.strip(pointer.target()).is_composite()) {
    return std::nullopt;
  }
  const auto alignment = spec.types.align_of(pointer.target());
  if (!alignment) return std::nullopt;
  out.type = spec.types.strip_qualifiers(pointer.target()).id();
  out.alignment = *alignment;
  return out;
}

std::vector<record::SameBits> known_early(const ObjectSpec& spec, const EarlyQuestion& question,
                                          const PlannedRecord& record) {
  std::vector<record::SameBits> out;
  if (!record.others.empty() || !record.mixed.empty()) return out;
  for (const auto& known : members_of(spec.types, question.type)) {
    const auto member = member_named(record, known.name);
    const auto bits = btf::bits_of(spec.types, known);
    if (!member || !bits || !are_alike(spec.types, known, record.types, *member)) continue;
    out.push_back({member->bit_offset, known.bit_offset, *bits});
  }
  return out;
}

std::vector<std::string> notes_on_early(const ObjectSpec& spec,
                                        const std::vector<PlannedStream>& streams) {
  std::vector<std::string> out;
  for (const auto& stream : streams) {
    const auto question = find_early_question(spec, stream.map);
    if (!question || stream.records.empty()) continue;
    for (const auto& known : members_of(spec.types, question->type)) {
      const auto why = why_useless(spec.types, known, stream);
      if (why.empty()) continue;
      out.push_back(fmt::format("SKEP_EARLY({}, {}): '{}' is not asked about there: {}", stream.map,
                                spec.types.c_name(question->type), known.name, why));
    }
  }
  return out;
}

}  // namespace skep::run
