// BTF made by hand: types are added one by one, build() gives the bytes that Btf::parse takes.
//
//   BtfBuilder b;
//   const auto u32 = b.add_int("unsigned int", 4);
//   const auto pair = b.add_struct("pair", 8, {{"a", u32, 0}, {"b", u32, 32}});
//   Btf types = b.btf();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "skep/btf.hpp"

namespace skep::test {

class BtfBuilder {
 public:
  using Id = btf::TypeId;

  struct Member {
    std::string_view name;
    Id type = 0;
    std::uint32_t bit_offset = 0;
    std::uint32_t bit_size = 0;  // > 0 for a bit field
  };
  struct Enumerator {
    std::string_view name;
    std::int64_t value = 0;
  };
  struct Parameter {
    std::string_view name;
    Id type = 0;
  };
  struct Variable {
    Id type = 0;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  // BTF_INT_* encodings.
  static constexpr std::uint32_t plain = 0, signed_ = 1, char_ = 2, bool_ = 4;

  // A split BTF: ids and string offsets go on where `base` ends.
  static BtfBuilder split_on(const BtfBuilder& base) {
    BtfBuilder split;
    split.next_ = base.next_;
    split.string_start_ = base.string_start_ + size(base.strings_);
    split.strings_.clear();
    return split;
  }

  // The same on types that come from elsewhere.
  static BtfBuilder split_on(const Btf& base) {
    BtfBuilder split;
    split.next_ = base.end_id();
    // The last word of the header: the length of the strings.
    split.string_start_ = read_at<std::uint32_t>(base.bytes(), 20).value();
    split.strings_.clear();
    return split;
  }

  // The offset of `text` in the string section; adds it once.
  std::uint32_t string(std::string_view text) {
    if (text.empty()) return 0;
    const std::string whole = std::string(text) + '\0';
    auto at = strings_.find(whole);
    if (at == std::string::npos) {
      at = strings_.size();
      strings_ += whole;
    }
    return string_start_ + static_cast<std::uint32_t>(at);
  }

  // A record word by word; what the typed functions below are made of.
  Id add_raw(std::uint32_t name_offset, std::uint32_t info, std::uint32_t size_or_type,
             const std::vector<std::uint32_t>& more = {}) {
    word(name_offset);
    word(info);
    word(size_or_type);
    for (const auto value : more) word(value);
    return next_++;
  }
  static constexpr std::uint32_t info(btf::Kind kind, std::size_t vlen = 0, bool flag = false) {
    return static_cast<std::uint32_t>(kind) << 24 | static_cast<std::uint32_t>(vlen) |
           (flag ? 1U << 31 : 0U);
  }

  // `size` in bytes; `bits` of them are used, all when 0.
  Id add_int(std::string_view name, std::uint32_t size, std::uint32_t encoding = plain,
             std::uint32_t bits = 0) {
    return add_raw(string(name), info(btf::Kind::int_), size,
                   {encoding << 24 | (bits == 0 ? size * 8 : bits)});
  }
  Id add_float(std::string_view name, std::uint32_t size) {
    return add_raw(string(name), info(btf::Kind::float_), size);
  }
  Id add_ptr(Id target) { return add_raw(0, info(btf::Kind::ptr), target); }
  Id add_const(Id target) { return add_raw(0, info(btf::Kind::const_), target); }
  Id add_volatile(Id target) { return add_raw(0, info(btf::Kind::volatile_), target); }
  Id add_restrict(Id target) { return add_raw(0, info(btf::Kind::restrict_), target); }
  Id add_typedef(std::string_view name, Id target) {
    return add_raw(string(name), info(btf::Kind::typedef_), target);
  }
  Id add_type_tag(std::string_view name, Id target) {
    return add_raw(string(name), info(btf::Kind::type_tag), target);
  }
  // `component`: a member or parameter, -1 for the whole.
  Id add_decl_tag(std::string_view name, Id target, std::int32_t component = -1) {
    return add_raw(string(name), info(btf::Kind::decl_tag), target,
                   {static_cast<std::uint32_t>(component)});
  }
  Id add_fwd(std::string_view name, bool is_union = false) {
    return add_raw(string(name), info(btf::Kind::fwd, 0, is_union), 0);
  }
  // `index`: the index type, an integer; the element's id serves where nobody looks.
  Id add_array(Id element, std::uint32_t count, Id index = 0) {
    return add_raw(0, info(btf::Kind::array), 0, {element, index, count});
  }
  Id add_struct(std::string_view name, std::uint32_t size, const std::vector<Member>& members) {
    return add_composite(btf::Kind::struct_, name, size, members);
  }
  Id add_union(std::string_view name, std::uint32_t size, const std::vector<Member>& members) {
    return add_composite(btf::Kind::union_, name, size, members);
  }
  Id add_enum(std::string_view name, std::uint32_t size, const std::vector<Enumerator>& values,
              bool is_signed = false) {
    std::vector<std::uint32_t> more;
    for (const auto& value : values) {
      more.push_back(string(value.name));
      more.push_back(static_cast<std::uint32_t>(value.value));
    }
    return add_raw(string(name), info(btf::Kind::enum_, values.size(), is_signed), size, more);
  }
  Id add_enum64(std::string_view name, std::uint32_t size, const std::vector<Enumerator>& values,
                bool is_signed = false) {
    std::vector<std::uint32_t> more;
    for (const auto& value : values) {
      const auto bits = static_cast<std::uint64_t>(value.value);
      more.push_back(string(value.name));
      more.push_back(static_cast<std::uint32_t>(bits));
      more.push_back(static_cast<std::uint32_t>(bits >> 32));
    }
    return add_raw(string(name), info(btf::Kind::enum64, values.size(), is_signed), size, more);
  }
  // A last parameter {"", 0} stands for "...".
  Id add_func_proto(Id returns, const std::vector<Parameter>& parameters = {}) {
    std::vector<std::uint32_t> more;
    for (const auto& parameter : parameters) {
      more.push_back(string(parameter.name));
      more.push_back(parameter.type);
    }
    return add_raw(0, info(btf::Kind::func_proto, parameters.size()), returns, more);
  }
  Id add_func(std::string_view name, Id proto, btf::Linkage linkage = btf::Linkage::global) {
    return add_raw(string(name), info(btf::Kind::func, static_cast<std::uint32_t>(linkage)), proto);
  }
  Id add_var(std::string_view name, Id type, btf::Linkage linkage = btf::Linkage::global) {
    return add_raw(string(name), info(btf::Kind::var), type, {static_cast<std::uint32_t>(linkage)});
  }
  Id add_datasec(std::string_view name, std::uint32_t size,
                 const std::vector<Variable>& variables) {
    std::vector<std::uint32_t> more;
    for (const auto& variable : variables) {
      more.insert(more.end(), {variable.type, variable.offset, variable.size});
    }
    return add_raw(string(name), info(btf::Kind::datasec, variables.size()), size, more);
  }

  [[nodiscard]] std::vector<std::byte> build() const {
    std::vector<std::byte> out;
    append_bytes(out, std::uint16_t{0xeb9f});  // magic
    append_bytes(out, std::uint8_t{1});        // version
    append_bytes(out, std::uint8_t{0});        // flags
    const auto types = static_cast<std::uint32_t>(types_.size());
    for (const std::uint32_t value : {24U, 0U, types, types, size(strings_)}) {
      append_bytes(out, value);  // header length; offset and length of the types, of the strings
    }
    out.insert(out.end(), types_.begin(), types_.end());
    const auto text = std::as_bytes(std::span(strings_));
    out.insert(out.end(), text.begin(), text.end());
    return out;
  }

  // The parsed set. Throws (so the test fails) when it is malformed.
  [[nodiscard]] Btf btf(std::optional<Btf> base = std::nullopt) const {
    return Btf::parse(build(), std::move(base)).value();
  }

 private:
  static std::uint32_t size(std::string_view text) {
    return static_cast<std::uint32_t>(text.size());
  }
  void word(std::uint32_t value) { append_bytes(types_, value); }

  Id add_composite(btf::Kind kind, std::string_view name, std::uint32_t size,
                   const std::vector<Member>& members) {
    bool bit_fields = false;
    for (const auto& member : members) bit_fields = bit_fields || member.bit_size > 0;
    std::vector<std::uint32_t> more;
    for (const auto& member : members) {
      more.push_back(string(member.name));
      more.push_back(member.type);
      more.push_back(bit_fields ? member.bit_size << 24 | member.bit_offset : member.bit_offset);
    }
    return add_raw(string(name), info(kind, members.size(), bit_fields), size, more);
  }

  Id next_ = 1;
  std::uint32_t string_start_ = 0;
  std::string strings_ = std::string(1, '\0');  // of a split BTF: only its own
  std::vector<std::byte> types_;
};

}  // namespace skep::test
