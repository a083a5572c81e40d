// BTF as text, one type a line with all that it says (Documentation/bpf/btf.rst), so that two blobs
// with the same text are the same types. A blob is what a loader made, not outside bytes: but it
// may be wrong, which is what we are here to see, so it is read within bounds.
#include <fmt/format.h>
#include <linux/btf.h>

#include <cstring>

#include "oracle/calls.hpp"

namespace oracle {
namespace {

struct Reader {
  const Blob& blob;
  std::size_t at = 0;
  std::size_t end = 0;

  template <typename T>
  T next() {
    T value{};
    if (at + sizeof(T) > end) {
      at = end;
      return value;
    }
    std::memcpy(&value, blob.data() + at, sizeof(T));
    at += sizeof(T);
    return value;
  }
};

btf_header header_of(const Blob& blob) {
  btf_header header{};
  if (blob.size() >= sizeof header) std::memcpy(&header, blob.data(), sizeof header);
  return header;
}

const char* kind_name(unsigned kind) {
  static constexpr const char* names[] = {
      "VOID", "INT",     "PTR",      "ARRAY",    "STRUCT",   "UNION", "ENUM",
      "FWD",  "TYPEDEF", "VOLATILE", "CONST",    "RESTRICT", "FUNC",  "FUNC_PROTO",
      "VAR",  "DATASEC", "FLOAT",    "DECL_TAG", "TYPE_TAG", "ENUM64"};
  return kind < std::size(names) ? names[kind] : "?";
}

// What follows a type's first 12 bytes.
std::string rest_of(Reader& in, const Blob& blob, unsigned kind, unsigned count, bool flag) {
  const auto name = [&blob](std::uint32_t offset) {
    return fmt::format("'{}'+{}", string_in_types(blob, offset), offset);
  };
  std::string out;
  switch (kind) {
    case BTF_KIND_INT:
      return fmt::format(" encoding={:#x}", in.next<std::uint32_t>());
    case BTF_KIND_ARRAY: {
      const auto array = in.next<btf_array>();
      return fmt::format(" element={} index={} count={}", array.type, array.index_type,
                         array.nelems);
    }
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      for (unsigned i = 0; i < count; ++i) {
        const auto member = in.next<btf_member>();
        out += fmt::format(" {{{} type={} offset={:#x}}}", name(member.name_off), member.type,
                           member.offset);
      }
      return out;
    case BTF_KIND_ENUM:
      for (unsigned i = 0; i < count; ++i) {
        const auto one = in.next<btf_enum>();
        out += fmt::format(" {{{}={}}}", name(one.name_off), one.val);
      }
      return out;
    case BTF_KIND_ENUM64:
      for (unsigned i = 0; i < count; ++i) {
        const auto one = in.next<btf_enum64>();
        out += fmt::format(" {{{}={:#x}}}", name(one.name_off),
                           std::uint64_t{one.val_hi32} << 32 | one.val_lo32);
      }
      return out;
    case BTF_KIND_FUNC_PROTO:
      for (unsigned i = 0; i < count; ++i) {
        const auto one = in.next<btf_param>();
        out += fmt::format(" ({} type={})", name(one.name_off), one.type);
      }
      return out;
    case BTF_KIND_VAR:
      return fmt::format(" linkage={}", in.next<std::uint32_t>());
    case BTF_KIND_DATASEC:
      for (unsigned i = 0; i < count; ++i) {
        const auto one = in.next<btf_var_secinfo>();
        out += fmt::format(" {{type={} offset={} size={}}}", one.type, one.offset, one.size);
      }
      return out;
    case BTF_KIND_DECL_TAG:
      return fmt::format(" component={}", in.next<std::int32_t>());
    case BTF_KIND_FUNC:
      return fmt::format(" linkage={}", count);
    default:
      return flag ? " flag" : "";
  }
}

}  // namespace

std::string string_in_types(const Blob& blob, std::uint32_t offset) {
  const auto header = header_of(blob);
  const std::size_t start = std::size_t{header.hdr_len} + header.str_off;
  const std::size_t end = start + header.str_len;
  if (end > blob.size() || offset >= header.str_len) return "<outside>";
  const auto* text = reinterpret_cast<const char*>(blob.data());
  return {text + start + offset, strnlen(text + start + offset, end - start - offset)};
}

std::vector<std::string> types_as_text(const Blob& blob) {
  const auto header = header_of(blob);
  std::vector<std::string> all;
  all.push_back(
      fmt::format("header: magic={:#x} version={} flags={} length={} types={}+{} strings={}+{} "
                  "bytes={}",
                  header.magic, header.version, header.flags, header.hdr_len, header.type_off,
                  header.type_len, header.str_off, header.str_len, blob.size()));
  Reader in{.blob = blob, .at = std::size_t{header.hdr_len} + header.type_off, .end = 0};
  in.end = std::min(blob.size(), in.at + header.type_len);
  for (unsigned id = 1; in.at < in.end; ++id) {
    const auto type = in.next<btf_type>();
    const auto kind = BTF_INFO_KIND(type.info);
    const auto count = BTF_INFO_VLEN(type.info);
    const bool flag = BTF_INFO_KFLAG(type.info) != 0;
    std::string text = fmt::format("[{}] {} '{}'+{} {}{}", id, kind_name(kind),
                                   string_in_types(blob, type.name_off), type.name_off, type.size,
                                   flag ? " kflag" : "");
    text += rest_of(in, blob, kind, count, flag);
    all.push_back(std::move(text));
  }
  // Strings that no type uses go to the kernel, too: sources and access paths.
  for (std::uint32_t offset = 0; offset < header.str_len;) {
    const auto text = string_in_types(blob, offset);
    all.push_back(fmt::format("string +{} '{}'", offset, text));
    offset += static_cast<std::uint32_t>(text.size()) + 1;
  }
  return all;
}

}  // namespace oracle
