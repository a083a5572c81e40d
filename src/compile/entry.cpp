#include "compile/entry.hpp"

#include <sys/stat.h>

#include <utility>

#include "base/file.hpp"
#include "base/hash.hpp"

namespace skep::compile {
namespace {

constexpr std::string_view magic = "skep object 1\n";
constexpr std::size_t digits = 32;
constexpr std::uint64_t largest_header = 256 << 20;

void put(std::vector<std::byte>& out, Bytes bytes) {
  append_bytes(out, static_cast<std::uint64_t>(bytes.size()));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put(std::vector<std::byte>& out, std::string_view text) {
  put(out, std::as_bytes(std::span(text)));
}

// Takes what put() wrote, piece by piece; once a piece is missing, so are all others.
class Pieces {
 public:
  explicit Pieces(Bytes bytes) : rest_(bytes) {}

  Bytes next() {
    const auto size = read_at<std::uint64_t>(rest_, 0);
    const auto piece = size ? slice(rest_, sizeof(*size), *size) : std::nullopt;
    if (!piece) {
      whole_ = false;
      rest_ = {};
      return {};
    }
    rest_ = rest_.subspan(sizeof(*size) + piece->size());
    return *piece;
  }

  std::string next_text() {
    const auto piece = next();
    return {reinterpret_cast<const char*>(piece.data()), piece.size()};
  }

  [[nodiscard]] bool whole() const { return whole_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
  bool whole_ = true;
};

bool at_or_after(const timespec& a, const timespec& b) {
  return std::pair(a.tv_sec, a.tv_nsec) >= std::pair(b.tv_sec, b.tv_nsec);
}

}  // namespace

std::vector<std::byte> encode(const Entry& entry) {
  std::vector<std::byte> out;
  put(out, magic);
  put(out, entry.vmlinux);
  put(out, entry.diagnostics);
  put(out, entry.object);
  for (const auto& dependency : entry.read) {
    put(out, dependency.path);
    put(out, dependency.hash);
  }
  const auto hash = hash_of(out);
  const auto bytes = std::as_bytes(std::span(hash));
  out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

std::optional<Entry> decode(Bytes bytes) {
  if (bytes.size() < digits) return std::nullopt;
  const auto body = bytes.first(bytes.size() - digits);
  const auto tail = bytes.last(digits);
  const std::string_view said(reinterpret_cast<const char*>(tail.data()), tail.size());
  if (hash_of(body) != said) return std::nullopt;

  Pieces pieces(body);
  if (pieces.next_text() != magic) return std::nullopt;
  Entry out;
  out.vmlinux = pieces.next_text();
  out.diagnostics = pieces.next_text();
  const auto object = pieces.next();
  out.object.assign(object.begin(), object.end());
  while (pieces.whole() && !pieces.at_end()) {
    auto path = pieces.next_text();
    out.read.push_back({std::move(path), pieces.next_text()});
  }
  if (!pieces.whole()) return std::nullopt;
  return out;
}

bool is_fresh(const Entry& entry) {
  for (const auto& dependency : entry.read) {
    if (hash_of_file(dependency.path) != dependency.hash) return false;
  }
  return true;
}

std::optional<std::string> hash_of_file(const std::string& path, std::optional<timespec> since) {
  struct stat info{};
  if (since && (::stat(path.c_str(), &info) != 0 || at_or_after(info.st_mtim, *since))) {
    return std::nullopt;
  }
  const auto content = read_file(path, largest_header);
  if (!content) return std::nullopt;
  return hash_of(*content);
}

}  // namespace skep::compile
