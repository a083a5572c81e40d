#include "run/stacks.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/text.hpp"
#include "skep/maps/stack_trace.hpp"

namespace skep::run {
namespace {

constexpr std::size_t most_reasons = 3;  // in the closing note

// Of at most 8 bytes; nothing when the row is too short for it.
std::optional<std::uint64_t> load(std::span<const std::byte> bytes, const RowField& field) {
  std::uint64_t out = 0;
  if (field.offset + std::uint64_t{field.size} > bytes.size() || field.size > 8) {
    return std::nullopt;
  }
  std::memcpy(&out, bytes.data() + field.offset, field.size);
  return out;
}

// Ids and sizes are negative errnos where there is no stack, also in unsigned members.
std::int64_t as_signed(std::uint64_t value, std::uint32_t size) {
  if (size <= 4 || (value >> 32) == 0) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
  }
  return static_cast<std::int64_t>(value);
}

// What bpf_get_stackid() and bpf_get_stack() mean by it (kernel/bpf/stackmap.c).
std::string_view meaning_of(std::int64_t error) {
  switch (-error) {
    case 14:  // EFAULT
      return "there was none: no kernel stack in user space, no user stack in a kernel thread";
    case 17:  // EEXIST
      return "another stack has its place in the map, which is too small";
    case 12:  // ENOMEM
      return "the map is full";
    case 95:  // EOPNOTSUPP
      return "this kernel cannot take it here";
    default:
      return "the kernel could not take it";
  }
}

// struct bpf_stack_build_id (include/uapi/linux/bpf.h): status, build id, offset or address.
constexpr std::size_t build_id_bytes = 32;

std::vector<StackTrace::UserFrame> user_frames_in(std::span<const std::byte> bytes) {
  std::vector<StackTrace::UserFrame> out;
  for (; bytes.size() >= build_id_bytes; bytes = bytes.subspan(build_id_bytes)) {
    StackTrace::UserFrame frame;
    std::memcpy(&frame.status, bytes.data(), sizeof(frame.status));
    std::memcpy(frame.build_id.data(), bytes.data() + 4, frame.build_id.size());
    std::memcpy(&frame.offset, bytes.data() + 24, sizeof(frame.offset));
    if (frame.status != StackTrace::UserFrame::Status::valid &&
        frame.status != StackTrace::UserFrame::Status::address) {
      break;
    }
    out.push_back(frame);
  }
  return out;
}

// In Linux the upper half of all addresses is the kernel's, on each architecture of 64 bits that
// BPF has a compiler for.
bool is_kernel_address(std::uint64_t address) { return (address >> 63) != 0; }

std::string visible(std::string_view text) {
  std::string out;
  record::Writer writer(out);
  record::write_visible_text(writer, text);
  return std::string(writer.from(0), writer.size());
}

// A frame of a folded line: a semicolon is what separates them, and the count follows a space at
// the end.
std::string folded(const Frame& frame) {
  std::string text = frame.function;
  if (text.empty() && frame.module.starts_with('/')) {
    text = fmt::format("[{}]", frame.module.substr(frame.module.rfind('/') + 1));
  }
  if (text.empty() && !frame.build_id.empty()) {
    text = fmt::format("[{}+{:#x}]", frame.build_id, frame.module_offset);
  }
  if (text.empty()) text = "[unknown]";
  std::ranges::replace(text, ';', ':');
  return visible(text);
}

void put_json(std::string& out, std::string_view key, std::string_view value) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  record::Writer writer(out);
  record::write_json_text(writer, value);
}

}  // namespace

Stacks::Stacks(const Object& object, const SessionOptions& options)
    : object_(&object),
      format_(options.format),
      width_(options.width),
      default_pid_(options.places.all.pid),
      progress_(options.progress),
      users_({.progress = options.progress}) {}

pid_t Stacks::process_of(const RowStacks& row, std::span<const std::byte> bytes) const {
  if (!row.process) return default_pid_;
  return static_cast<pid_t>(row.process->read(bytes).value_or(0));
}

Stacks::Stack Stacks::name(std::span<const std::uint64_t> addresses, pid_t pid) {
  Stack out;
  if (addresses.empty()) return out;
  out.is_user = !is_kernel_address(addresses.front());
  if (!out.is_user) {
    if (progress_ && !reads_kernel_) progress_("read the names of the kernel's functions");
    reads_kernel_ = true;
    out.frames = kernel_.find_stack(addresses);
  } else if (pid > 0) {
    out.frames = users_.find_stack(pid, addresses);
  } else {
    for (const auto address : addresses) {
      out.frames.push_back({.address = address, .why = "no process is known"});
    }
  }
  return out;
}

// Where the kernel could not look at the file it gives the address.
Stacks::Stack Stacks::name(std::span<const StackTrace::UserFrame> frames, pid_t pid) {
  using Status = StackTrace::UserFrame::Status;
  Stack out{.is_user = true};
  for (const auto& frame : frames) {
    const bool is_return = &frame != frames.data();
    std::vector<Frame> named;
    if (frame.status == Status::valid) {
      named = users_.find_in_build(pid, frame.build_id, frame.offset, is_return);
    } else if (frame.status == Status::address && pid > 0) {
      named = users_.find(pid, frame.offset);
    } else {
      named.push_back({.address = frame.offset, .why = "no process is known"});
    }
    std::ranges::move(named, std::back_inserter(out.frames));
  }
  return out;
}

Stacks::Stack Stacks::find_by_id(const PlannedStack& planned, std::int64_t id, pid_t pid) {
  for (const auto& name_of_map : planned.maps) {
    const auto map = object_->map(name_of_map);
    if (!map) continue;
    const auto view = StackTrace::of(**map);
    if (!view) continue;
    if (const auto frames = view->user_frames(static_cast<std::uint32_t>(id))) {
      if (*frames && !(*frames)->empty()) return name(**frames, pid);
      continue;
    }
    const auto addresses = view->addresses(static_cast<std::uint32_t>(id));
    if (addresses && *addresses && !(*addresses)->empty()) return name(**addresses, pid);
    if (!addresses) return {.error = "unsupported", .meaning = addresses.error().message()};
  }
  return {
      .error = "ENOENT",
      .meaning = fmt::format("{} has no stack {} (any more)", fmt::join(planned.maps, ", "), id)};
}

Stacks::Stack Stacks::find(const PlannedStack& planned, const RowStacks& row,
                           std::span<const std::byte> bytes) {
  const auto refused = [](std::int64_t error) {
    return Stack{.error = errno_name(static_cast<int>(std::min<std::int64_t>(-error, 4095))),
                 .meaning = std::string(meaning_of(error))};
  };
  const pid_t pid = process_of(row, bytes);
  if (!planned.maps.empty()) {
    const auto value = load(bytes, planned.field);
    if (!value) return {};
    const auto id = as_signed(*value, planned.field.size);
    return id < 0 ? refused(id) : find_by_id(planned, id, pid);
  }
  if (planned.field.offset > bytes.size()) return {};
  auto place = bytes.subspan(planned.field.offset);
  if (planned.most_bytes != 0)
    place = place.first(std::min<std::size_t>(planned.most_bytes, place.size()));
  const std::size_t size = planned.by_build_id ? build_id_bytes : sizeof(std::uint64_t);
  std::size_t count = place.size() / size;
  if (planned.filled) {
    const auto filled = as_signed(load(bytes, *planned.filled).value_or(0), planned.filled->size);
    if (filled < 0) return refused(filled);
    const auto wanted = static_cast<std::uint64_t>(filled) / (planned.filled_is_count ? 1 : size);
    count = std::min<std::size_t>(count, wanted);
  }
  if (planned.by_build_id) return name(user_frames_in(place.first(count * size)), pid);
  std::vector<std::uint64_t> addresses(count);
  if (count > 0) std::memcpy(addresses.data(), place.data(), count * sizeof(std::uint64_t));
  addresses.erase(std::ranges::find(addresses, 0U), addresses.end());
  return name(addresses, pid);
}

void Stacks::count_frames(const Stack& stack) {
  for (const auto& frame : stack.frames) {
    ++frames_;
    if (!frame.function.empty()) continue;
    ++unnamed_;
    const bool has_file = frame.module.starts_with('/');
    ++reasons_[has_file ? fmt::format("in {} ({})", frame.module, frame.why)
                        : fmt::format("({})", frame.why)];
  }
}

void Stacks::append(std::string& out, const RowStacks& row, std::span<const std::byte> bytes,
                    std::uint64_t count) {
  std::vector<Stack> stacks;
  for (const auto& planned : row.stacks) {
    stacks.push_back(find(planned, row, bytes));
    count_frames(stacks.back());
  }
  if (progress_) progress_("");
  if (format_ == Format::folded) return append_folded(out, row, bytes, stacks, count);
  // What ends the line or the object comes behind.
  const std::string_view end = format_ == Format::csv     ? "\r\n"
                               : format_ == Format::table ? ""
                                                          : "}\n";
  out.resize(out.size() - end.size());
  for (std::size_t i = 0; i < stacks.size(); ++i) {
    const auto& name = row.stacks[i].name;
    if (format_ == Format::table) {
      append_tree(out, name, stacks[i]);
    } else if (format_ == Format::csv) {
      append_csv(out, stacks[i]);
    } else {
      append_json(out, name, stacks[i]);
    }
  }
  out += end;
}

// The outermost first, as in a folded line; instead, the error's name.
void Stacks::append_csv(std::string& out, const Stack& stack) const {
  std::string text = stack.error;
  for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame) {
    if (!text.empty()) text += ';';
    text += folded(*frame);
  }
  out += ",\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

void append_csv_header(std::string& out, const RowStacks& row) {
  out.resize(out.size() - 2);
  for (const auto& stack : row.stacks) out += "," + stack.name;
  out += "\r\n";
}

void append_csv_nothing(std::string& out, const RowStacks& row) {
  out.resize(out.size() - 2);
  out.append(row.stacks.size(), ',');
  out += "\r\n";
}

void Stacks::append_json(std::string& out, std::string_view name, const Stack& stack) const {
  if (out.back() != '{') out += ',';
  fmt::format_to(std::back_inserter(out), "\"{}\":", name);
  if (!stack.error.empty()) {
    fmt::format_to(std::back_inserter(out), "null,\"{}_error\":\"{}\"", name, stack.error);
    return;
  }
  out += '[';
  for (const auto& frame : stack.frames) {
    if (out.back() != '[') out += ',';
    if (frame.build_id.empty()) {
      fmt::format_to(std::back_inserter(out), "{{\"address\":\"{:#x}\"", frame.address);
    } else {
      fmt::format_to(std::back_inserter(out), "{{\"build_id\":\"{}\",\"file_offset\":\"{:#x}\"",
                     frame.build_id, frame.module_offset);
    }
    if (!frame.function.empty()) put_json(out, "function", frame.function);
    if (!frame.function.empty() && !frame.is_inlined) {
      fmt::format_to(std::back_inserter(out), ",\"offset\":{}", frame.offset);
    }
    if (!frame.module.empty()) put_json(out, "module", frame.module);
    if (frame.line > 0) {
      put_json(out, "file", frame.file);
      fmt::format_to(std::back_inserter(out), ",\"line\":{}", frame.line);
    }
    if (frame.is_inlined) out += ",\"inlined\":true";
    if (frame.function.empty() && !frame.why.empty()) put_json(out, "unknown", frame.why);
    out += '}';
  }
  out += ']';
}

void Stacks::append_tree(std::string& out, std::string_view name, const Stack& stack) const {
  const auto line = [&](std::size_t indent, std::string_view text) {
    const std::size_t start = out.size();
    out.append(indent, ' ');
    out += text;
    const std::string_view row = std::string_view(out).substr(start);
    if (width_ > 0 && record::columns_of(row) > width_) {
      out.resize(start + record::bytes_within(row, width_ - 1));
      out += "…";
    }
    out += '\n';
  };
  if (!stack.error.empty()) {
    return line(4, fmt::format("{}: {}, {}", name, stack.error, stack.meaning));
  }
  line(4, stack.frames.empty() ? fmt::format("{}: empty", name) : fmt::format("{}:", name));
  for (const auto& frame : stack.frames) line(6, visible(frame.text()));
}

// What the process did stands outside of what the kernel did for it.
void Stacks::append_folded(std::string& out, const RowStacks& row, std::span<const std::byte> bytes,
                           std::span<const Stack> stacks, std::uint64_t count) const {
  std::string line;
  if (row.command && row.command->offset + row.command->size <= bytes.size()) {
    const auto* text = reinterpret_cast<const char*>(bytes.data()) + row.command->offset;
    line = visible(std::string_view(text, ::strnlen(text, row.command->size)));
    std::ranges::replace(line, ';', ':');
  }
  if (line.empty()) line = row.process ? fmt::format("{}", process_of(row, bytes)) : "-";
  for (const bool is_user : {true, false}) {
    for (const auto& stack : stacks) {
      if (stack.is_user != is_user) continue;
      for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame) {
        line += ';' + folded(*frame);
      }
    }
  }
  fmt::format_to(std::back_inserter(out), "{} {}\n", line, count);
}

void Stacks::remember(const RowStacks& row, std::span<const std::byte> bytes) {
  const pid_t pid = row.process ? process_of(row, bytes) : -1;
  if (pid > 0) users_.remember(pid);
}

std::string Stacks::symbolise(std::uint64_t address, pid_t pid) {
  const Stack found = name({&address, 1}, pid);
  return visible(found.frames.front().text());
}

std::vector<std::string> Stacks::notes() const {
  std::vector<std::string> out;
  if (kernel_.note()) out.push_back(*kernel_.note());
  if (unnamed_ == 0) return out;
  std::vector<std::pair<std::uint64_t, std::string>> most;
  most.reserve(reasons_.size());
  for (const auto& [reason, count] : reasons_) most.emplace_back(count, reason);
  std::ranges::sort(most, std::greater());
  std::vector<std::string> parts;
  parts.reserve(most_reasons + 1);
  for (const auto& [count, reason] : most) {
    if (parts.size() == most_reasons) break;
    parts.push_back(fmt::format("{} {}", count, visible(reason)));
  }
  if (most.size() > most_reasons) parts.emplace_back("others");
  out.push_back(
      fmt::format("{} of {} frames have no name: {}", unnamed_, frames_, enumerate(parts)));
  return out;
}

}  // namespace skep::run
