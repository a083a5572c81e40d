// Types from any bytes: whatever a fuzzer makes of a type section, every record is bent until
// Btf::parse takes it, so that mutations reach what works with the types. What the types mean is
// left open: structs that hold themselves, pointers that go round, members on top of each other.
// (btf_fuzz gives the parser itself its bytes as they are.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/bytes.hpp"
#include "skep/btf.hpp"

namespace skep::test {

class AnyTypes {
 public:
  // `types`: struct btf_type and what follows it, again and again; `strings`: all names, of which
  // the first must be empty and the last must end.
  AnyTypes(Bytes types, Bytes strings) : strings_(strings.begin(), strings.end()) {
    strings_.insert(strings_.begin(), std::byte{0});
    strings_.push_back(std::byte{0});
    while (add(types)) ++count_;
    for (const auto word : type_words_) bend(word, count_ + 1);
    for (const auto word : string_words_) bend(word, size(strings_));
  }

  // Traps when they do not parse: then this file is wrong.
  [[nodiscard]] Btf btf() const {
    std::vector<std::byte> out;
    append_bytes(out, std::uint32_t{0x0001'eb9f});
    const auto types = static_cast<std::uint32_t>(words_.size() * 4);
    for (const std::uint32_t value : {24U, 0U, types, types, size(strings_)}) {
      append_bytes(out, value);
    }
    for (const auto word : words_) append_bytes(out, word);
    out.insert(out.end(), strings_.begin(), strings_.end());
    auto parsed = Btf::parse(std::move(out));
    if (!parsed) __builtin_trap();
    return *std::move(parsed);
  }

 private:
  using Kind = btf::Kind;
  static constexpr std::uint32_t kinds = 20;  // with void

  static std::uint32_t size(const std::vector<std::byte>& bytes) {
    return static_cast<std::uint32_t>(bytes.size());
  }
  void bend(std::size_t word, std::uint32_t limit) { words_[word] %= limit; }

  static std::uint32_t words_a_part(Kind kind) {
    switch (kind) {
      case Kind::struct_:
      case Kind::union_:
      case Kind::datasec:
      case Kind::enum64:
        return 3;
      case Kind::enum_:
      case Kind::func_proto:
        return 2;
      default:
        return 0;
    }
  }
  static std::uint32_t fixed_words(Kind kind) {
    if (kind == Kind::array) return 3;
    return kind == Kind::int_ || kind == Kind::var || kind == Kind::decl_tag ? 1 : 0;
  }

  // One record from the front of `rest`.
  bool add(Bytes& rest) {
    const auto name = read_at<std::uint32_t>(rest, 0), info = read_at<std::uint32_t>(rest, 4),
               third = read_at<std::uint32_t>(rest, 8);
    if (!third) return false;
    auto number = *info >> 24 & 0x1f;
    if (number == 0 || number >= kinds) number = 1 + number % (kinds - 1);
    const auto kind = static_cast<Kind>(number);
    rest = rest.subspan(12);
    const auto part = words_a_part(kind), fixed = fixed_words(kind);
    if (rest.size() / 4 < fixed) return false;
    auto vlen = *info & 0xffff;
    if (part > 0) {
      vlen = std::min(vlen, static_cast<std::uint32_t>((rest.size() / 4 - fixed) / part));
    }
    if (kind == Kind::func) vlen %= 3;
    const auto start = words_.size();
    words_.insert(words_.end(), {*name, (*info & 1U << 31) | number << 24 | vlen, *third});
    const auto more = fixed + part * vlen;
    for (std::uint32_t i = 0; i < more; ++i) words_.push_back(*read_at<std::uint32_t>(rest, i * 4));
    rest = rest.subspan(std::size_t{more} * 4);
    note_references(kind, start, vlen);
    bend_values(kind, start, vlen);
    return true;
  }

  void note_references(Kind kind, std::size_t start, std::uint32_t vlen) {
    string_words_.push_back(start);
    const bool has_size = kind == Kind::int_ || kind == Kind::float_ || kind == Kind::fwd ||
                          kind == Kind::array || kind == Kind::struct_ || kind == Kind::union_ ||
                          kind == Kind::enum_ || kind == Kind::enum64 || kind == Kind::datasec;
    if (!has_size) type_words_.push_back(start + 2);
    if (kind == Kind::array) type_words_.insert(type_words_.end(), {start + 3, start + 4});
    for (std::uint32_t i = 0; i < vlen && words_a_part(kind) > 0; ++i) {
      const auto at = start + 3 + std::size_t{words_a_part(kind)} * i;
      if (kind == Kind::datasec) {
        type_words_.push_back(at);
        continue;
      }
      string_words_.push_back(at);
      if (kind != Kind::enum_ && kind != Kind::enum64) type_words_.push_back(at + 1);
    }
  }

  // What Btf::parse refuses by itself.
  void bend_values(Kind kind, std::size_t start, std::uint32_t vlen) {
    auto& bytes = words_[start + 2];
    switch (kind) {
      case Kind::int_: {
        if (bytes == 0 || bytes > 16) bytes = 1U << bytes % 5;
        auto& encoding = words_[start + 3];
        const auto bits = std::min(encoding & 0xff, bytes * 8);
        const auto offset = std::min(encoding >> 16 & 0xff, bytes * 8 - bits);
        encoding = (encoding & 0x0f00'0000) | offset << 16 | bits;
        break;
      }
      case Kind::enum_:
      case Kind::enum64:
        if (bytes != 1 && bytes != 2 && bytes != 8) bytes = 4;
        break;
      case Kind::float_:
        if (bytes != 2 && bytes != 4 && bytes != 12 && bytes != 16) bytes = 8;
        break;
      case Kind::var:
        words_[start + 3] %= 3;
        break;
      case Kind::decl_tag:
        if (words_[start + 3] >> 31 != 0) words_[start + 3] = UINT32_MAX;  // the whole type
        break;
      case Kind::struct_:
      case Kind::union_:
        for (std::uint32_t i = 0; i < vlen; ++i) bend_member(start, words_[start + 5 + 3 * i]);
        break;
      default:
        break;
    }
  }
  void bend_member(std::size_t start, std::uint32_t& offset) const {
    const bool has_bits = words_[start + 1] >> 31 != 0;
    const auto end = std::uint64_t{words_[start + 2]} * 8;
    if ((has_bits ? (offset & 0xffffff) + (offset >> 24) : offset) > end) offset = 0;
  }

  std::vector<std::uint32_t> words_;
  std::vector<std::byte> strings_;
  std::vector<std::size_t> type_words_, string_words_;  // words that are a type, a string's offset
  std::uint32_t count_ = 0;
};

// The next part of an input: its length as two bytes, then so many bytes, or as many as there are.
inline Bytes take_part(Bytes& input) {
  const auto length = read_at<std::uint16_t>(input, 0);
  if (!length) return {};
  input = input.subspan(sizeof(*length));
  const auto part = input.first(std::min<std::size_t>(*length, input.size()));
  input = input.subspan(part.size());
  return part;
}

}  // namespace skep::test
