#include "kernel/kconfig.hpp"

#include <fcntl.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.hpp"
#include "kernel/host.hpp"

namespace skep::kernel {
namespace {

constexpr std::size_t packed_limit = 4 << 20, text_limit = 16 << 20;
constexpr int gzip_window = 16 + MAX_WBITS;  // zlib.h, inflateInit2: gzip headers only

// An inflate stream that ends itself.
class Inflate {
 public:
  explicit Inflate(std::string& packed) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
    is_good_ = ::inflateInit2(&stream_, gzip_window) == Z_OK;
  }
  ~Inflate() { ::inflateEnd(&stream_); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  // Writes into [data, data + size); what zlib says.
  int run(char* data, std::size_t size, std::size_t& written) {
    if (!is_good_) return Z_MEM_ERROR;
    stream_.next_out = reinterpret_cast<Bytef*>(data);
    stream_.avail_out = static_cast<uInt>(size);
    const int result = ::inflate(&stream_, Z_NO_FLUSH);
    written = size - stream_.avail_out;
    return result;
  }

 private:
  z_stream stream_{};
  bool is_good_ = false;
};

// The "6.1.20" at the start of a text; what follows does not count.
std::optional<std::uint32_t> version_of(std::string_view text) {
  std::uint32_t parts[3] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at != '.')) return std::nullopt;
    if (i > 0) ++at;
    const auto parsed = std::from_chars(at, end, parts[i]);
    if (parsed.ec != std::errc()) return std::nullopt;
    at = parsed.ptr;
  }
  return (parts[0] << 16) + (parts[1] << 8) + std::min(parts[2], 255U);
}

// "Ubuntu 5.4.0-12.15-generic 5.4.8": the third word.
std::optional<std::uint32_t> version_of_signature(std::string_view text) {
  for (int word = 0; word < 2; ++word) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  return version_of(text);
}

}  // namespace

Result<std::string> unpack(std::string bytes) {
  if (!bytes.starts_with("\x1f\x8b")) return bytes;
  std::string text;
  Inflate inflate(bytes);
  for (;;) {
    const auto used = text.size();
    const auto piece = std::max<std::size_t>(64 << 10, used);
    if (used + piece > text_limit) {
      return fail(ErrorKind::limit, "unpacked it has more than {} bytes", text_limit);
    }
    text.resize(used + piece);
    std::size_t written = 0;
    const int result = inflate.run(text.data() + used, piece, written);
    text.resize(used + written);
    if (result == Z_STREAM_END) return text;
    if (result != Z_OK) return fail(ErrorKind::bad_input, "it is damaged (zlib: {})", result);
  }
}

Result<object::KconfigText> read_kconfig(Syscalls& sys) {
  SKEP_TRY(auto release, read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/osrelease"));
  release.resize(std::min(release.find('\n'), release.size()));
  const auto in_boot = "/boot/config-" + release;
  for (const std::string& path : {in_boot, std::string("/proc/config.gz")}) {
    auto bytes = read_kernel_file(sys, AT_FDCWD, path.c_str(), packed_limit);
    if (!bytes) continue;
    auto text = unpack(*std::move(bytes));
    if (!text) return add_context(std::move(text).error(), "read {}", path);
    return object::KconfigText{path, *std::move(text)};
  }
  Error error(ErrorKind::unsupported,
              fmt::format("the kernel's configuration cannot be read: neither {} nor "
                          "/proc/config.gz",
                          in_boot));
  return std::unexpected(
      std::move(error).hint("A kernel with CONFIG_IKCONFIG_PROC=y has /proc/config.gz."));
}

std::vector<std::string_view> unset_options(const object::KconfigText& configuration,
                                            const std::vector<std::string_view>& options) {
  const std::string_view text = configuration.text;
  const auto holds = [text](const std::string& line) {
    const auto at = text.find(line);
    return at != std::string_view::npos && (at == 0 || text[at - 1] == '\n');
  };
  std::vector<std::string_view> out;
  for (const auto option : options) {
    const bool is_set =
        holds(fmt::format("{}=y\n", option)) || holds(fmt::format("{}=m\n", option));
    if (!is_set) out.push_back(option);
  }
  return out;
}

Result<std::uint32_t> read_kernel_version(Syscalls& sys) {
  if (const auto text = read_kernel_file(sys, AT_FDCWD, "/proc/version_signature")) {
    if (const auto version = version_of_signature(*text)) return *version;
  }
  constexpr std::string_view debian = "Debian ";
  if (const auto text = read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/version")) {
    const auto at = text->find(debian);
    const auto rest = at == std::string::npos ? std::string_view()
                                              : std::string_view(*text).substr(at + debian.size());
    if (const auto version = version_of(rest)) return *version;
  }
  SKEP_TRY(const auto release, read_kernel_file(sys, AT_FDCWD, "/proc/sys/kernel/osrelease"));
  if (const auto version = version_of(release)) return *version;
  return fail(ErrorKind::bad_input, "'{}' is no kernel version", release);
}

}  // namespace skep::kernel
