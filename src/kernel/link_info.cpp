// struct bpf_link_info (include/uapi/linux/bpf.h); who fills it in: the fill_link_info functions of
// kernel/bpf/*.c, kernel/trace/bpf_trace.c, net/core/*.c.
#include "kernel/link_info.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include "base/bytes.hpp"
#include "kernel/info.hpp"

namespace skep::kernel {
namespace {

// Longer than a path; the kernel cuts what does not fit.
using NameBuffer = std::array<char, 4096>;

// The target's words by their byte offsets, as the header has them.
class Target {
 public:
  explicit Target(const LinkInfoRecord& record) noexcept : bytes_(bytes_of(record.target)) {}
  [[nodiscard]] std::uint32_t u32(std::size_t at) const noexcept {
    return read_at<std::uint32_t>(bytes_, at).value_or(0);
  }
  [[nodiscard]] std::uint64_t u64(std::size_t at) const noexcept {
    return read_at<std::uint64_t>(bytes_, at).value_or(0);
  }

 private:
  Bytes bytes_;
};

// Where the address of a buffer for the name and its length go; nothing for types without a name.
struct NamePlace {
  std::size_t address, length;  // words of the target
};
constexpr NamePlace no_name{};

NamePlace name_place(const LinkInfoRecord& record) noexcept {
  switch (static_cast<LinkType>(record.type)) {
    case LinkType::raw_tracepoint:
    case LinkType::iterator:
      return {0, 2};
    case LinkType::uprobe_multi:
      return {0, 8};
    case LinkType::perf_event:
      // With an event that has no name the same bytes are its config.
      return record.target[0] == static_cast<std::uint32_t>(PerfKind::event) ? no_name
                                                                             : NamePlace{2, 4};
    default:
      return no_name;
  }
}

// Asks again, for the name too. A kernel before 6.6 says nothing of perf events: no kind, no name.
Result<std::string> read_name(Syscalls& sys, int fd, LinkInfoRecord& record) {
  const auto place = name_place(record);
  if (place.length == 0) return std::string();
  NameBuffer buffer{};
  const Address address = address_of(buffer.data());
  LinkInfoRecord asked;
  std::memcpy(&asked.target[place.address], &address, sizeof(address));
  asked.target[place.length] = buffer.size();
  auto answer = link_info(sys, fd, asked);
  if (answer) {
    record = *answer;
    return std::string(buffer.data(), ::strnlen(buffer.data(), buffer.size()));
  }
  // 6.1 says EINVAL to buffers that it does not know; the rest stands without the name.
  if (answer.error().code() == EINVAL) return std::string();
  return std::unexpected(std::move(answer).error());
}

void read_perf(LinkInfo& out, const Target& target) {
  out.perf = static_cast<PerfKind>(target.u32(0));
  switch (out.perf) {
    case PerfKind::uprobe:
    case PerfKind::uretprobe:
      out.offset = target.u32(20);
      out.cookie = target.u64(24);
      break;
    case PerfKind::kprobe:
    case PerfKind::kretprobe:
      out.offset = target.u32(20);
      out.address = target.u64(24);
      out.missed = target.u64(32);
      out.cookie = target.u64(40);
      break;
    case PerfKind::tracepoint:
      out.cookie = target.u64(24);
      break;
    case PerfKind::event:
      out.event_config = target.u64(8);
      out.event_type = target.u32(16);
      out.cookie = target.u64(24);
      break;
    case PerfKind::unknown:
      break;
  }
}

void read_iterator(LinkInfo& out, const Target& target) {
  const bool of_map = out.name.find("map_elem") != std::string::npos ||
                      out.name.find("storage_map") != std::string::npos ||
                      out.name.find("sockmap") != std::string::npos;
  if (of_map) out.map = target.u32(12);
  if (out.name == "cgroup") out.cgroup = target.u64(16);
  if (out.name.starts_with("task")) out.process = target.u32(20);
}

void read_target(LinkInfo& out, const Target& target) {
  switch (out.type) {
    case LinkType::raw_tracepoint:
      out.cookie = target.u64(16);
      break;
    case LinkType::tracing:
      out.attach_type = target.u32(0);
      out.target_object = target.u32(4);
      out.target_type = target.u32(8);
      out.cookie = target.u64(16);
      break;
    case LinkType::cgroup:
      out.cgroup = target.u64(0);
      out.attach_type = target.u32(8);
      break;
    case LinkType::iterator:
      read_iterator(out, target);
      break;
    case LinkType::network_namespace:
      out.network = target.u32(0);
      out.attach_type = target.u32(4);
      break;
    case LinkType::xdp:
      out.interface = target.u32(0);
      break;
    case LinkType::tcx:
    case LinkType::netkit:
      out.interface = target.u32(0);
      out.attach_type = target.u32(4);
      break;
    case LinkType::perf_event:
      read_perf(out, target);
      break;
    case LinkType::kprobe_multi:
      out.count = target.u32(8);
      out.multi_flags = target.u32(12);
      out.missed = target.u64(16);
      break;
    case LinkType::uprobe_multi:
      out.count = target.u32(36);
      out.multi_flags = target.u32(40);
      out.process = target.u32(44);
      break;
    case LinkType::struct_ops:
      out.map = target.u32(0);
      break;
    case LinkType::sockmap:
      out.map = target.u32(0);
      out.attach_type = target.u32(4);
      break;
    case LinkType::netfilter:
      out.family = target.u32(0);
      out.hook = target.u32(4);
      out.priority = static_cast<std::int32_t>(target.u32(8));
      break;
    case LinkType::none:
      break;
  }
}

}  // namespace

Result<LinkInfo> read_link_info(Syscalls& sys, int fd) {
  SKEP_TRY(auto record, link_info(sys, fd));
  LinkInfo out{
      .id = record.id, .type = static_cast<LinkType>(record.type), .program_id = record.program_id};
  SKEP_TRY(out.name, read_name(sys, fd, record));
  read_target(out, Target(record));
  return out;
}

}  // namespace skep::kernel
