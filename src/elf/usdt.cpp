#include "elf/usdt.hpp"

#include <elf.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "elf/nearest.hpp"

namespace skep::elf {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t our_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t our_machine = EM_AARCH64;
#else
constexpr std::uint16_t our_machine = EM_NONE;
#endif

constexpr std::uint32_t note_type = 3;  // _SDT_NOTE_TYPE
constexpr std::size_t most_shown = 12;

// sizes of name and description, type; both padded to 4 bytes.
struct NoteHeader {
  std::uint32_t name_size, size, type;
};

std::optional<UsdtNote> parse_note(Bytes bytes, bool is_64_bit) {
  const std::size_t width = is_64_bit ? 8 : 4;
  std::uint64_t addresses[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const auto wide = read_at<std::uint64_t>(bytes, i * width);
    const auto narrow = read_at<std::uint32_t>(bytes, i * width);
    if (is_64_bit ? !wide : !narrow) return std::nullopt;
    addresses[i] = is_64_bit ? *wide : *narrow;
  }
  std::string_view texts[3];
  std::uint64_t at = 3 * width;
  for (auto& text : texts) {
    const auto found = string_at(bytes, at);
    if (!found) return std::nullopt;
    text = *found;
    at += text.size() + 1;
  }
  return UsdtNote{.address = addresses[0],
                  .base = addresses[1],
                  .semaphore = addresses[2],
                  .provider = texts[0],
                  .name = texts[1],
                  .arguments = texts[2]};
}

// The addresses of symbols that arguments refer to, looked up in one pass when the first is asked
// for.
class SymbolAddresses {
 public:
  explicit SymbolAddresses(const UserBinary& binary) : binary_(binary) {}

  std::optional<std::uint64_t> operator()(std::string_view name) {
    if (!filled_) fill();
    const auto found = addresses_.find(name);
    if (found == addresses_.end()) return std::nullopt;
    return found->second;
  }

 private:
  void fill() {
    filled_ = true;
    for (const auto& table : {binary_.symbols(), binary_.dynamic_symbols()}) {
      if (!table) continue;
      table->each_symbol([&](const UserSymbol& symbol) {
        addresses_.emplace(std::string(symbol.name), symbol.address);
      });
    }
  }

  const UserBinary& binary_;
  std::map<std::string, std::uint64_t, std::less<>> addresses_;
  bool filled_ = false;
};

Error unknown(const std::vector<UsdtNote>& notes, std::string_view provider,
              std::string_view name) {
  const auto wanted = fmt::format("{}:{}", provider, name);
  Error error(ErrorKind::not_found, fmt::format("no USDT probe '{}'", wanted));
  std::set<std::string> names;
  Nearest nearest(wanted);
  for (const auto& note : notes) {
    const auto own = fmt::format("{}:{}", note.provider, note.name);
    if (names.insert(own).second) nearest.offer(own);
  }
  if (names.empty()) {
    return std::move(error).hint(
        "The binary has none: its authors left none, or it was built without (sys/sdt.h, "
        "--enable-dtrace).");
  }
  auto shown = nearest.names();
  if (shown.empty()) {
    for (const auto& one : names) {
      if (shown.size() < most_shown) shown.push_back(one);
    }
  }
  const auto more = names.size() - std::min(names.size(), shown.size());
  return std::move(error).hint(fmt::format("It has: {}{}.", fmt::join(shown, ", "),
                                           more > 0 ? fmt::format(" and {} more", more) : ""));
}

Result<std::uint64_t> offset_of(const UserBinary& binary, std::uint64_t address,
                                std::string_view what) {
  const auto offset = binary.offset_of(address);
  if (offset) return *offset;
  return fail(ErrorKind::bad_input, "{} at {:#x} is in no loaded segment", what, address);
}

// The linker moves .stapsdt.base as it moves the code; prelink moves the code alone.
Result<UsdtPlace> place_of(const UserBinary& binary, const UsdtNote& note, UsdtContext& context) {
  const auto base = binary.section(".stapsdt.base");
  const bool is_moved = base && base->address != 0 && note.base != 0;
  const std::uint64_t moved = is_moved ? base->address - note.base : 0;
  UsdtPlace out;
  SKEP_TRY(out.offset, offset_of(binary, note.address + moved, "the probe"));
  if (note.semaphore != 0) {
    SKEP_TRY(out.semaphore, offset_of(binary, note.semaphore + moved, "its semaphore"));
  }
  context.address = note.address + moved;
  SKEP_TRY(out.arguments, parse_usdt_arguments(note.arguments, context));
  return out;
}

Result<std::vector<UsdtPlace>> find_places(const UserBinary& binary, std::string_view provider,
                                           std::string_view name) {
  std::vector<UsdtNote> notes;
  if (const auto section = binary.section(".note.stapsdt")) {
    SKEP_TRY(notes, parse_usdt_notes(section->data, binary.is_64_bit()));
  }
  SymbolAddresses symbols(binary);
  UsdtContext context{.machine = binary.machine(),
                      .is_fixed = binary.is_fixed(),
                      .find_symbol = [&](std::string_view one) { return symbols(one); }};
  std::vector<UsdtPlace> out;
  for (const auto& note : notes) {
    if (note.provider != provider || note.name != name) continue;
    auto place = place_of(binary, note, context);
    if (!place) {
      return add_context(std::move(place).error(), "USDT probe '{}:{}' at {:#x}", provider, name,
                         note.address);
    }
    out.push_back(*std::move(place));
  }
  if (out.empty()) return std::unexpected(unknown(notes, provider, name));
  return out;
}

}  // namespace

Result<std::vector<UsdtNote>> parse_usdt_notes(Bytes section, bool is_64_bit) {
  std::vector<UsdtNote> out;
  for (std::uint64_t at = 0; at < section.size();) {
    const auto header = read_at<NoteHeader>(section, at);
    if (!header) return fail(ErrorKind::bad_input, "a note is cut short at {:#x}", at);
    const std::uint64_t start = at + sizeof(NoteHeader) + round_up(header->name_size, 4);
    const auto content = slice(section, start, header->size);
    const auto name = slice(section, at + sizeof(NoteHeader), header->name_size);
    if (!content || !name) return fail(ErrorKind::bad_input, "a note is cut short at {:#x}", at);
    if (header->type == note_type && string_at(*name, 0) == "stapsdt") {
      const auto note = parse_note(*content, is_64_bit);
      if (!note) return fail(ErrorKind::bad_input, "the probe noted at {:#x} is cut short", at);
      out.push_back(*note);
    }
    at = start + round_up(header->size, 4);
  }
  return out;
}

Result<std::vector<UsdtPlace>> find_usdt(const std::filesystem::path& binary,
                                         std::string_view provider, std::string_view name) {
  SKEP_TRY(const auto opened, UserBinary::open(binary));
  const bool is_ours =
      opened.is_64_bit() && opened.is_little_endian() && opened.machine() == our_machine;
  if (!is_ours) {
    return fail(ErrorKind::unsupported,
                "{}: probes are read of 64-bit binaries of this machine only", binary.native());
  }
  auto out = find_places(opened, provider, name);
  if (out) return out;
  return add_context(std::move(out).error(), "{}", binary.native());
}

}  // namespace skep::elf
