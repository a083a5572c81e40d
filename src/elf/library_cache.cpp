#include "elf/library_cache.hpp"

#include "base/error.hpp"

namespace skep::elf {
namespace {

// struct cache_file_new and file_entry_new.
struct Header {
  char magic[20];  // "glibc-ld.so.cache1.1"
  std::uint32_t count;
  std::uint32_t strings;
  std::uint32_t rest[5];
};
static_assert(sizeof(Header) == 48);

struct Entry {
  std::int32_t flags;
  std::uint32_t key, value;  // bytes from the header
  std::uint32_t system;
  std::uint64_t features;
};
static_assert(sizeof(Entry) == 24);

constexpr std::string_view magic = "glibc-ld.so.cache1.1", old_magic = "ld.so-1.7.0";
constexpr std::uint64_t old_header = 16, old_entry = 12;

// FLAG_ELF_LIBC6 and the machine.
#if defined(__x86_64__)
constexpr std::int32_t our_flags = 0x0303;
#elif defined(__aarch64__)
constexpr std::int32_t our_flags = 0x0a03;
#else
constexpr std::int32_t our_flags = 0x0003;
#endif

// In files that older glibcs read too, theirs stands before.
std::optional<Bytes> newer_part(Bytes bytes) {
  const auto start = slice(bytes, 0, old_magic.size());
  if (!start) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(start->data()), start->size());
  if (text != old_magic) return bytes;
  const auto count = read_at<std::uint32_t>(bytes, 12);
  if (!count) return std::nullopt;
  const std::uint64_t end = round_up(old_header + std::uint64_t{*count} * old_entry, 8);
  return end < bytes.size() ? std::optional(bytes.subspan(end)) : std::nullopt;
}

}  // namespace

Result<std::vector<CachedLibrary>> parse_library_cache(Bytes bytes) {
  const auto part = newer_part(bytes);
  const auto header = part ? read_at<Header>(*part, 0) : std::nullopt;
  if (!header || std::string_view(header->magic, sizeof(header->magic)) != magic) {
    return fail(ErrorKind::bad_input, "it is no ld.so.cache of glibc");
  }
  std::vector<CachedLibrary> out;
  for (std::uint32_t i = 0; i < header->count; ++i) {
    const auto entry = read_at<Entry>(*part, sizeof(Header) + std::uint64_t{i} * sizeof(Entry));
    if (!entry) return fail(ErrorKind::bad_input, "entry {} of {} is missing", i, header->count);
    if (entry->flags != our_flags || entry->features != 0) continue;
    const auto name = string_at(*part, entry->key);
    const auto path = string_at(*part, entry->value);
    if (!name || !path) return fail(ErrorKind::bad_input, "entry {} has no name or path", i);
    out.push_back({.name = *name, .path = *path});
  }
  return out;
}

bool is_library(std::string_view file, std::string_view name) noexcept {
  if (name.empty() || file == name) return !name.empty();
  if (name.find(".so") != std::string_view::npos) return false;
  const auto end = file.find(".so");
  if (end == std::string_view::npos) return false;
  const auto rest = file.substr(end + 3);
  const auto stem = file.substr(0, end);
  const bool is_versioned = rest.empty() || rest.starts_with('.');
  return is_versioned && (stem == name || (stem.starts_with("lib") && stem.substr(3) == name));
}

}  // namespace skep::elf
