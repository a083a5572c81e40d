#include "elf/debug_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include "base/file.hpp"

namespace skep::elf {
namespace {

// A symbol table has some megabytes; what xz -9 packed takes 65 to unpack.
constexpr std::uint64_t unpacked_limit = 64 << 20, memory_limit = 80 << 20;

// Nothing when it is malformed or too large.
std::optional<std::vector<std::byte>> unpack(Bytes packed) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, memory_limit, 0) != LZMA_OK) return std::nullopt;
  std::vector<std::byte> out(std::max<std::size_t>(packed.size() * 4, 4096));
  stream.next_in = reinterpret_cast<const std::uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK) {
    if (stream.total_out == out.size()) {
      if (out.size() >= unpacked_limit) break;
      out.resize(out.size() * 2);
    }
    stream.next_out = reinterpret_cast<std::uint8_t*>(out.data()) + stream.total_out;
    stream.avail_out = out.size() - stream.total_out;
    state = lzma_code(&stream, LZMA_FINISH);
  }
  out.resize(stream.total_out);
  lzma_end(&stream);
  if (state != LZMA_STREAM_END) return std::nullopt;
  return out;
}

// The checksum that .gnu_debuglink has of the file: zlib's CRC-32.
std::optional<std::uint32_t> checksum(const std::filesystem::path& path) {
  const auto fd = open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd) return std::nullopt;
  std::vector<unsigned char> buffer(1 << 20);
  uLong sum = 0;
  for (;;) {
    const auto n = ::read(fd->get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) return static_cast<std::uint32_t>(sum);
    sum = ::crc32(sum, buffer.data(), static_cast<uInt>(n));
  }
}

struct DebugLink {
  std::string name;  // of a file, without a folder
  std::uint32_t checksum = 0;
};

// Name, padding to 4 bytes, checksum (gdb's manual, "Separate Debug Files").
std::optional<DebugLink> debug_link(const UserBinary& binary) {
  const auto section = binary.section(".gnu_debuglink");
  if (!section) return std::nullopt;
  const auto name = string_at(section->data, 0);
  if (!name || name->empty() || name->find('/') != std::string_view::npos) return std::nullopt;
  const auto sum = read_at<std::uint32_t>(section->data, round_up(name->size() + 1, 4));
  if (!sum) return std::nullopt;
  return DebugLink{.name = std::string(*name), .checksum = *sum};
}

std::string hex_of(Bytes bytes) {
  std::string out;
  for (const std::byte byte : bytes) out += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return out;
}

}  // namespace

std::optional<UserBinary> mini_debug_info(const UserBinary& binary) {
  const auto section = binary.section(".gnu_debugdata");
  if (!section) return std::nullopt;
  auto bytes = unpack(section->data);
  if (!bytes) return std::nullopt;
  auto out = UserBinary::parse(*std::move(bytes));
  if (!out) return std::nullopt;
  return *std::move(out);
}

std::optional<UserBinary> separate_debug_file(const UserBinary& binary,
                                              const std::filesystem::path& path,
                                              const std::filesystem::path& folder) {
  const Bytes id = binary.build_id();
  const auto belongs = [&](const UserBinary& other, const std::filesystem::path& file,
                           std::optional<std::uint32_t> sum) {
    const Bytes theirs = other.build_id();
    if (!id.empty() && !theirs.empty()) return std::ranges::equal(id, theirs);
    return sum && checksum(file) == sum;
  };
  if (const auto hex = hex_of(id); hex.size() > 2) {
    const auto file = folder / ".build-id" / hex.substr(0, 2) / (hex.substr(2) + ".debug");
    auto found = UserBinary::open(file);
    if (found && belongs(*found, file, std::nullopt)) return *std::move(found);
  }
  const auto link = debug_link(binary);
  if (!link) return std::nullopt;
  std::error_code ignored;
  const auto real = std::filesystem::canonical(path, ignored);
  const auto beside = real.parent_path();
  for (const auto& candidate : {beside / link->name, beside / ".debug" / link->name,
                                folder / beside.relative_path() / link->name}) {
    if (candidate == real) continue;
    auto found = UserBinary::open(candidate);
    if (found && belongs(*found, candidate, link->checksum)) return *std::move(found);
  }
  return std::nullopt;
}

}  // namespace skep::elf
