#include <algorithm>

#include "base/error.hpp"
#include "skep/maps/stack_trace.hpp"

namespace skep {
namespace {

constexpr std::uint32_t flag_build_ids = 1U << 5;  // BPF_F_STACK_BUILD_ID

struct Record {  // struct bpf_stack_build_id
  std::int32_t status = 0;
  std::array<std::uint8_t, 20> build_id{};
  std::uint64_t offset = 0;
};
static_assert(sizeof(Record) == 32);

bool has_build_ids(const Map& map) { return (map.spec().flags & flag_build_ids) != 0; }

template <typename Frame>
Result<std::optional<std::vector<Frame>>> read(const StackTrace& stacks, std::uint32_t id) {
  std::vector<Frame> frames(stacks.depth());
  SKEP_TRY(const bool found,
           stacks.map().lookup(maps::bytes(id), std::as_writable_bytes(std::span(frames))));
  return found ? std::optional(std::move(frames)) : std::nullopt;
}

}  // namespace

Result<StackTrace> StackTrace::of(const Map& map) {
  SKEP_CHECK(map.check({MapType::stack_trace}, &layout::shape_of<std::uint32_t>, nullptr));
  return StackTrace(map);
}

std::size_t StackTrace::depth() const noexcept {
  return map().value_bytes() / (has_build_ids(map()) ? sizeof(Record) : sizeof(std::uint64_t));
}

Result<std::optional<std::vector<std::uint64_t>>> StackTrace::addresses(std::uint32_t id) const {
  if (has_build_ids(map())) {
    return fail(ErrorKind::invalid_argument, "map '{}' holds build ids, not addresses",
                map().name());
  }
  SKEP_TRY(auto frames, read<std::uint64_t>(*this, id));
  if (frames) frames->erase(std::ranges::find(*frames, 0U), frames->end());
  return frames;
}

Result<std::optional<std::vector<StackTrace::UserFrame>>> StackTrace::user_frames(
    std::uint32_t id) const {
  if (!has_build_ids(map())) {
    return fail(ErrorKind::invalid_argument, "map '{}' holds addresses, not build ids",
                map().name());
  }
  SKEP_TRY(const auto records, read<Record>(*this, id));
  if (!records) return std::nullopt;
  std::vector<UserFrame> out;
  for (const auto& record : *records) {
    const auto status = static_cast<UserFrame::Status>(record.status);
    if (status == UserFrame::Status::empty) break;
    out.push_back({status, record.build_id, record.offset});
  }
  return out;
}

}  // namespace skep
