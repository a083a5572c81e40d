#include "btf/index.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <ranges>
#include <utility>

#include "base/hash.hpp"
#include "btf/data.hpp"
#include "btf/flavour.hpp"

namespace skep::btf {
namespace {

// The last byte counts the versions of this format, and of what Btf::parse lets through: an index
// says that the types have been checked.
constexpr std::array<char, 8> magic = {'s', 'k', 'e', 'p', 'b', 't', 'f', '\2'};

// Then follow three tables of 32-bit words: offsets of the types, starts of the buckets (and the
// end), ids.
struct Header {
  std::array<char, 8> magic;
  std::uint64_t checksum;  // of what follows in the header
  std::uint64_t boot;      // hash of its id
  std::uint64_t types_size, types_sample;
  std::uint32_t types, buckets, ids;  // how many
  std::uint32_t reserved;
};
static_assert(sizeof(Header) == 56);
constexpr std::size_t unsummed = offsetof(Header, boot);

std::uint64_t hash_of_text(std::string_view text) noexcept {
  return checksum_of(std::as_bytes(std::span(text)));
}

std::uint64_t checksum_of_header(const Header& header) noexcept {
  return checksum_of(bytes_of(header).subspan(unsummed));
}

// Of a line of bytes here and there, and the last one: a type or a string that is more or less
// moves all that follows, so that another set differs in most of them.
std::uint64_t sample_of(Bytes types) noexcept {
  constexpr std::size_t line = 64, step = 64 << 10;
  if (types.size() <= step) return checksum_of(types);
  std::uint64_t sum = checksum_of(types.last(line));
  for (std::size_t at = 0; at + line <= types.size(); at += step) {
    sum = std::rotl(sum, 1) ^ checksum_of(types.subspan(at, line));
  }
  return sum;
}

// Precondition: a power of two of buckets.
std::uint32_t bucket_of(std::string_view name, std::size_t buckets) noexcept {
  return static_cast<std::uint32_t>(hash_of_text(name) & (buckets - 1));
}

// Where in the strings flavours may be: few names have one, and to look at each takes longer than
// to look at all of the section at once.
class Flavours {
 public:
  // Blocks at the end, where a whole one and two characters do not fit, are not looked at.
  explicit Flavours(std::string_view strings) : blocks_(strings.size() / block + 1, 1) {
    for (std::size_t i = 0; (i + 1) * block + 2 <= strings.size(); ++i) {
      // Without a branch, so that the compiler looks at many characters at a time.
      const char* text = strings.data() + i * block;
      std::uint8_t found = 0;
      for (std::size_t j = 0; j < block; ++j) {
        found |= static_cast<std::uint8_t>(static_cast<unsigned>(text[j] == '_') &
                                           static_cast<unsigned>(text[j + 1] == '_') &
                                           static_cast<unsigned>(text[j + 2] == '_'));
      }
      blocks_[i] = found;
    }
  }

  // Without its flavour. Precondition: `name` stands at `offset`.
  [[nodiscard]] std::string_view key_of(std::string_view name,
                                        std::uint32_t offset) const noexcept {
    const std::size_t last = (offset + name.size()) / block;
    for (std::size_t i = offset / block; i <= last; ++i) {
      if (blocks_[i] != 0) return essential_name(name);
    }
    return name;
  }

 private:
  static constexpr std::size_t block = 64;
  std::vector<std::uint8_t> blocks_;  // 1: three underscores in a row may begin in it
};

using Named = std::pair<std::uint32_t, TypeId>;

// Offset of the name and id, of all types with one; ids ascend.
std::vector<Named> find_named(const Data& data) {
  std::vector<Named> out;
  out.reserve(data.offsets.size());
  for (std::size_t i = 0; i < data.offsets.size(); ++i) {
    const auto name = word_at(data.types.data() + data.offsets[i], 0);
    if (name != 0) out.emplace_back(name, static_cast<TypeId>(data.first_id + i));
  }
  return out;
}

// The hash in place of the offset. The names lie all over megabytes: they are asked for some time
// before they are looked at.
void hash_names(const Data& data, std::span<Named> named) {
  const Flavours flavours(data.strings);
  constexpr std::size_t ahead = 16;
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (i + ahead < named.size()) {
      __builtin_prefetch(data.strings.data() + named[i + ahead].first);
    }
    const std::string_view name = data.strings.data() + named[i].first;
    named[i].first =
        static_cast<std::uint32_t>(hash_of_text(flavours.key_of(name, named[i].first)));
  }
}

std::span<std::uint32_t> words_of(std::span<std::byte> bytes) noexcept {
  return {reinterpret_cast<std::uint32_t*>(bytes.data()), bytes.size() / word_size};
}

// By bucket; ids of one bucket ascend. Precondition: `starts` is zero.
void sort_names(std::span<const Named> named, std::span<std::uint32_t> starts,
                std::span<TypeId> ids) noexcept {
  const auto mask = static_cast<std::uint32_t>(starts.size() - 2);
  for (const auto& name : named) ++starts[name.first & mask];
  // Where each bucket ends; putting the last ids first moves that down to where it starts.
  std::uint32_t end = 0;
  for (auto& start : starts) start = end += start;
  for (const auto& name : std::views::reverse(named))
    ids[--starts[name.first & mask]] = name.second;
}

std::span<const std::uint32_t> words_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const std::uint32_t*>(bytes.data()), bytes.size() / word_size};
}

// Its header when it is whole, and all of the index is there.
std::optional<Header> read_index(Bytes index) noexcept {
  const auto header = read_at<Header>(index, 0);
  if (!header || header->magic != magic) return std::nullopt;
  if (checksum_of_header(*header) != header->checksum) return std::nullopt;
  const std::uint64_t words = std::uint64_t{header->types} + header->buckets + 1 + header->ids;
  const bool fits = index.size() == sizeof(Header) + words * word_size;
  return fits && std::has_single_bit(header->buckets) ? header : std::nullopt;
}

// Precondition: read_index() gave the header.
void attach(Data& data, const Header& header, Bytes index) noexcept {
  const auto words = words_of(index.subspan(sizeof(Header)));
  data.offsets = words.first(header.types);
  const auto starts = words.subspan(header.types, header.buckets + 1);
  data.names.emplace(starts, words.last(header.ids), data.end_id());
}

}  // namespace

std::span<const TypeId> NameIndex::with(std::string_view name) const noexcept {
  const auto bucket = bucket_of(name, starts_.size() - 1);
  return ids_.subspan(starts_[bucket], starts_[bucket + 1] - starts_[bucket]);
}

const NameIndex* index_of(const Btf& types) noexcept {
  for (const Data* data = &Access::data(types); data != nullptr; data = data->base.get()) {
    if (data->names) return &*data->names;
  }
  return nullptr;
}

std::vector<std::byte> make_index(const Btf& types, std::string_view boot) {
  const Data& data = Access::data(types);
  auto named = find_named(data);
  hash_names(data, named);
  const std::size_t buckets = std::bit_ceil(named.size() / 2 + 1);
  const std::size_t count = data.offsets.size() + buckets + 1 + named.size();
  std::vector<std::byte> out(sizeof(Header) + count * word_size);
  const auto words = words_of(std::span(out).subspan(sizeof(Header)));
  std::ranges::copy(data.offsets, words.begin());
  sort_names(named, words.subspan(data.offsets.size(), buckets + 1), words.last(named.size()));
  Header header{.magic = magic,
                .checksum = 0,
                .boot = hash_of_text(boot),
                .types_size = data.bytes.size(),
                .types_sample = sample_of(data.bytes),
                .types = static_cast<std::uint32_t>(data.offsets.size()),
                .buckets = static_cast<std::uint32_t>(buckets),
                .ids = static_cast<std::uint32_t>(named.size()),
                .reserved = 0};
  header.checksum = checksum_of_header(header);
  std::ranges::copy(bytes_of(header), out.begin());
  return out;
}

std::optional<Btf> parse_indexed(Bytes types, std::shared_ptr<const void> owner, Bytes index,
                                 std::shared_ptr<const void> index_owner, std::string_view boot) {
  if (reinterpret_cast<std::uintptr_t>(index.data()) % word_size != 0) return std::nullopt;
  const auto header = read_index(index);
  if (!header || header->boot != hash_of_text(boot)) return std::nullopt;
  if (header->types_size != types.size() || header->types_sample != sample_of(types)) {
    return std::nullopt;
  }
  auto data = read_sections(types, std::move(owner), nullptr);
  if (!data) return std::nullopt;
  attach(**data, *header, index);
  (*data)->index_owner = std::move(index_owner);
  return Access::make(*std::move(data));
}

Btf with_index(const Btf& types, std::shared_ptr<const std::vector<std::byte>> index) {
  const Data& plain = Access::data(types);
  auto data = std::make_shared<Data>();
  data->owner = plain.owner;
  data->bytes = plain.bytes;
  data->types = plain.types;
  data->strings = plain.strings;
  const auto header = read_index(*index);
  if (!header) return types;
  attach(*data, *header, *index);
  data->index_owner = std::move(index);
  return Access::make(std::move(data));
}

}  // namespace skep::btf
