// record/writer.hpp: appends to an Output through a bare pointer.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace skep::record {

// Text waiting to be written: grows while a batch is formatted, is written out in one piece.
using Output = std::string;

// Holds the end of `out` for the time of one record; nobody else may touch it meanwhile.
//
//   char* to = writer.room(max);    // at least `max` bytes
//   to = write_decimal(to, value);
//   writer.wrote(to);
class Writer {
 public:
  explicit Writer(Output& out) : out_(out), at_(out.data() + out.size()), end_(at_) {}
  ~Writer() { out_.resize(size()); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  Writer(Writer&&) = delete;
  Writer& operator=(Writer&&) = delete;

  [[nodiscard]] char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at_) < bytes) [[unlikely]]
      grow(bytes);
    return at_;
  }
  void wrote(char* to) noexcept { at_ = to; }

  // Bytes in the output so far, and the text from such a mark on.
  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(at_ - out_.data());
  }
  [[nodiscard]] char* from(std::size_t mark) noexcept { return out_.data() + mark; }
  void cut_at(std::size_t mark) noexcept { at_ = out_.data() + mark; }

  void put(char c) {
    char* to = room(1);
    *to = c;
    at_ = to + 1;
  }
  void put(std::string_view text) {
    char* to = room(text.size());
    std::memcpy(to, text.data(), text.size());
    at_ = to + text.size();
  }
  // Spaces. Few of them are written as many: one store, and no loop.
  void pad(std::size_t count) {
    constexpr std::size_t few = 32;
    char* to = room(count < few ? few : count);
    std::memset(to, ' ', few);
    if (count > few) std::memset(to, ' ', count);
    at_ = to + count;
  }

 private:
  void grow(std::size_t bytes) {
    const std::size_t used = size();
    // Not cleared: it is written over anyway.
    out_.resize_and_overwrite(used + bytes + spare, [](char*, std::size_t all) { return all; });
    at_ = out_.data() + used;
    end_ = out_.data() + out_.size();
  }

  // Bytes asked for besides: a row of a few fields needs no second time.
  static constexpr std::size_t spare = 256;

  Output& out_;
  char* at_;
  char* end_;
};

}  // namespace skep::record
