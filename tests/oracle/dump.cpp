#include <fmt/format.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "oracle/calls.hpp"

namespace oracle {
namespace {

void line(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{}\n", text);
}

void lines(std::string& out, const std::vector<std::string>& all) {
  for (const auto& one : all) line(out, "    " + one);
}

void attributes(std::string& out, const Call& call) {
  for (const auto& [name, value] : call.attributes) {
    line(out, fmt::format("    {} = {}", name, value));
  }
}

template <typename Record>
std::vector<Record> records(const Blob& blob, std::uint32_t size) {
  std::vector<Record> all;
  for (std::size_t at = 0; size != 0 && at + size <= blob.size(); at += size) {
    Record record{};
    std::memcpy(&record, blob.data() + at, std::min<std::size_t>(size, sizeof record));
    all.push_back(record);
  }
  return all;
}

void program(std::string& out, const Call& call, const Blob& types) {
  attributes(out, call);
  line(out, fmt::format("  code: {} instructions", call.code.size() / sizeof(bpf_insn)));
  lines(out, code_as_text(call.code, call.names));
  line(out, fmt::format("  func_info: records of {} bytes", call.function_record));
  for (const auto& info : records<bpf_func_info>(call.functions, call.function_record)) {
    line(out, fmt::format("    {:4}: type {}", info.insn_off, info.type_id));
  }
  line(out, fmt::format("  line_info: records of {} bytes", call.line_record));
  for (const auto& info : records<bpf_line_info>(call.lines, call.line_record)) {
    const auto file = string_in_types(types, info.file_name_off);
    line(out, fmt::format("    {:4}: {}:{}:{} (+{}) {} (+{})", info.insn_off,
                          file.substr(file.rfind('/') + 1), BPF_LINE_INFO_LINE_NUM(info.line_col),
                          BPF_LINE_INFO_LINE_COL(info.line_col), info.file_name_off,
                          string_in_types(types, info.line_off), info.line_off));
  }
}

}  // namespace

std::vector<std::string> bytes_as_text(const Blob& bytes) {
  constexpr std::size_t width = 16;
  std::vector<std::string> all;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    const auto end = std::min(at + width, bytes.size());
    const auto zero = [](std::byte b) { return b == std::byte{0}; };
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto stop = bytes.begin() + static_cast<std::ptrdiff_t>(end);
    if (std::all_of(begin, stop, zero)) continue;  // how many bytes there are is said before
    std::string text = fmt::format("{:06x}:", at);
    for (auto i = at; i < end; ++i) text += fmt::format(" {:02x}", static_cast<unsigned>(bytes[i]));
    all.push_back(std::move(text));
  }
  return all;
}

std::string dump(const std::vector<Call>& calls) {
  std::string out;
  Blob types;
  for (const auto& call : calls) {
    if (call.command != "BTF_LOAD") continue;
    line(out, "types");
    lines(out, types_as_text(call.types));
    types = call.types;
  }
  // Each map with all that is done to it, in the order of the maps' making.
  for (const auto& map : calls) {
    if (map.command != "MAP_CREATE") continue;
    line(out, "map " + map.subject);
    attributes(out, map);
    for (const auto& call : calls) {
      if (call.subject != map.subject || !call.command.starts_with("MAP_")) continue;
      if (call.command == "MAP_CREATE") continue;
      line(out, fmt::format("  {}", call.command));
      attributes(out, call);
      std::string key;
      for (const auto byte : call.key) key += fmt::format(" {:02x}", static_cast<unsigned>(byte));
      if (!key.empty()) line(out, "    key:" + key);
      if (call.value.empty()) continue;
      line(out, fmt::format("    value: {} bytes", call.value.size()));
      lines(out, bytes_as_text(call.value));
    }
  }
  for (const auto& call : calls) {
    if (call.command != "PROG_LOAD") continue;
    line(out, "program " + call.subject);
    program(out, call, types);
    for (const auto& bind : calls) {
      if (bind.command != "PROG_BIND_MAP" || bind.subject != call.subject) continue;
      line(out, "  PROG_BIND_MAP");
      attributes(out, bind);
    }
  }
  line(out, "order");
  for (const auto& call : calls) line(out, fmt::format("  {} {}", call.command, call.subject));
  return out;
}

}  // namespace oracle
