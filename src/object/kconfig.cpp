#include "object/kconfig.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "object/externs.hpp"

namespace skep::object {
namespace {

// As strtoull(3) reads with base 0: blanks, a sign, 0x… or 0…; nothing may follow.
std::optional<std::uint64_t> read_number(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\v\f\r");
  text.remove_prefix(std::min(start, text.size()));
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text.starts_with('0')) {
    base = 8;
  }
  std::uint64_t value = 0;
  const auto [after, error] = std::from_chars(text.begin(), text.end(), value, base);
  if (error != std::errc() || after != text.end()) return std::nullopt;
  return is_negative ? 0 - value : value;
}

bool fits(std::uint64_t value, std::uint32_t bytes, bool is_signed) {
  if (bytes >= 8) return true;
  const auto bits = bytes * 8;
  if (!is_signed) return value >> bits == 0;
  return value + (std::uint64_t{1} << (bits - 1)) < std::uint64_t{1} << bits;
}

class Values {
 public:
  Values(const ObjectSpec& spec, const Target& target) : spec_(spec), target_(target) {
    if (const auto* map = spec.find_map(".kconfig")) contents_.resize(map->value_size);
    for (const auto& item : spec.externs) {
      if (item.kind == ExternSpec::Kind::kconfig) by_name_.emplace(item.name, Entry{&item, false});
    }
  }

  Result<std::vector<std::byte>> read() {
    bool asks_config = false;
    for (auto& [name, entry] : by_name_) {
      if (name.starts_with("CONFIG_")) {
        asks_config = true;
      } else {
        SKEP_CHECK(set_virtual(entry));
      }
    }
    if (!asks_config) return std::move(contents_);
    if (target_.kconfig.empty()) {
      return fail(ErrorKind::unsupported, "the configuration of the target kernel is not known");
    }
    for (const auto& text : target_.kconfig) {
      auto done = read_text(text.text);
      if (!done) return add_context(std::move(done).error(), "{}", text.source);
    }
    for (const auto& item : spec_.externs) {
      const auto entry = by_name_.find(item.name);
      if (entry != by_name_.end() && !entry->second.is_set && !item.weak) return missing(item);
    }
    return std::move(contents_);
  }

 private:
  struct Entry {
    const ExternSpec* item;
    bool is_set;
  };

  [[nodiscard]] std::string type_of(const ExternSpec& item) const {
    return spec_.types.c_name(item.type);
  }
  std::unexpected<Error> refuse(const ExternSpec& item, std::string_view value,
                                std::string_view why) const {
    return fail(ErrorKind::invalid_argument, "'{}' is {}, and it is declared as {}: {}", item.name,
                value, type_of(item), why);
  }

  // What no configuration says: facts about the kernel.
  Result<void> set_virtual(Entry& entry) {
    const auto& item = *entry.item;
    std::optional<std::uint64_t> value;
    if (item.name == "LINUX_KERNEL_VERSION") {
      if (target_.version != 0) value = target_.version;
    } else if (item.name == "LINUX_HAS_BPF_COOKIE") {
      value = target_.has_bpf_cookie;
    } else if (item.name == "LINUX_HAS_SYSCALL_WRAPPER") {
      value = target_.has_syscall_wrapper;
    } else if (item.name.starts_with("LINUX_") && item.weak) {
      value = 0;
    } else {
      Error error(ErrorKind::unsupported,
                  fmt::format("'{}': skep knows no such value of the configuration", item.name));
      return std::unexpected(std::move(error).hint(
          "there are CONFIG_…, LINUX_KERNEL_VERSION, LINUX_HAS_BPF_COOKIE and "
          "LINUX_HAS_SYSCALL_WRAPPER; another LINUX_… must be __weak"));
    }
    if (!value) {
      return fail(ErrorKind::unsupported, "'{}' is not known of the target kernel", item.name);
    }
    return set_number(entry, *value, fmt::to_string(*value));
  }

  Result<void> read_text(std::string_view text) {
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.starts_with("CONFIG_")) SKEP_CHECK(read_line(line));
    }
    return {};
  }

  Result<void> read_line(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals + 1 == line.size()) {
      return fail(ErrorKind::bad_input, "the line '{}' gives no value", line);
    }
    const auto found = by_name_.find(line.substr(0, equals));
    if (found == by_name_.end() || found->second.is_set) return {};
    const auto value = line.substr(equals + 1);
    switch (value.front()) {
      case 'y':
      case 'n':
      case 'm':
        return set_choice(found->second, value.front());
      case '"':
        return set_text(found->second, value);
      default:
        return set_written_number(found->second, value);
    }
  }

  Result<void> set_choice(Entry& entry, char value) {
    const auto& item = *entry.item;
    switch (kconfig_kind(spec_.types, item.type)) {
      case KconfigKind::boolean:
        if (value == 'm') return refuse(item, "m", "it needs an enum libbpf_tristate or a char");
        return store(entry, value == 'y' ? 1 : 0);
      case KconfigKind::tristate:
        return store(entry, value == 'y' ? 1 : value == 'm' ? 2 : 0);
      case KconfigKind::character:
        return store(entry, static_cast<unsigned char>(value));
      default:
        return refuse(item, std::string_view(&value, 1),
                      "it needs a bool, an enum libbpf_tristate or a char");
    }
  }

  Result<void> set_text(Entry& entry, std::string_view value) {
    const auto& item = *entry.item;
    if (kconfig_kind(spec_.types, item.type) != KconfigKind::text) {
      return refuse(item, value, "it needs an array of char");
    }
    if (value.size() < 2 || !value.ends_with('"')) {
      return refuse(item, value, "the quotation mark at the end is missing");
    }
    value = value.substr(1, value.size() - 2);
    value = value.substr(0, item.size - 1);  // cut, as libbpf does; the NUL is there already
    std::memcpy(contents_.data() + item.offset, value.data(), value.size());
    entry.is_set = true;
    return {};
  }

  Result<void> set_written_number(Entry& entry, std::string_view value) {
    const auto& item = *entry.item;
    const auto number = read_number(value);
    if (!number) return refuse(item, value, "it is no number of 64 bits");
    const auto kind = kconfig_kind(spec_.types, item.type);
    if (kind != KconfigKind::integer && kind != KconfigKind::character) {
      return refuse(item, value, "it needs an integer");
    }
    return set_number(entry, *number, value);
  }

  Result<void> set_number(Entry& entry, std::uint64_t value, std::string_view written) {
    const auto& item = *entry.item;
    const auto kind = kconfig_kind(spec_.types, item.type);
    if (kind == KconfigKind::boolean && value > 1) {
      return refuse(item, written, "it needs an integer");
    }
    if (kind == KconfigKind::tristate || kind == KconfigKind::text) {
      return refuse(item, written, "it needs an integer or a bool");
    }
    const bool is_signed = spec_.types.strip(item.type).is_signed();
    if (!fits(value, item.size, is_signed)) {
      return refuse(item, written,
                    fmt::format("it does not fit {} {} bits", is_signed ? "signed" : "unsigned",
                                item.size * 8));
    }
    return store(entry, value);
  }

  Result<void> store(Entry& entry, std::uint64_t value) {
    const auto& item = *entry.item;
    std::memcpy(contents_.data() + item.offset, &value,
                std::min<std::size_t>(item.size, sizeof value));
    entry.is_set = true;
    return {};
  }

  // Not set, or no option of this kernel at all.
  [[nodiscard]] std::unexpected<Error> missing(const ExternSpec& item) const {
    std::vector<std::string> names;
    bool is_off = false;
    const auto off = fmt::format("# {} is not set\n", item.name);
    for (const auto& [source, text] : target_.kconfig) {
      is_off = is_off || text.find(off) != std::string::npos;
      std::string_view rest = text;
      while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.starts_with("CONFIG_")) names.emplace_back(line.substr(0, line.find('=')));
      }
    }
    Error error(ErrorKind::not_found,
                is_off ? fmt::format("'{}' is not set in the kernel's configuration", item.name)
                       : fmt::format("the kernel's configuration has no '{}'", item.name));
    error = std::move(error).hint("declared __weak it is 0 (false, empty) then");
    const auto near = is_off ? std::nullopt : nearest(item.name, names);
    if (near) error = std::move(error).hint(fmt::format("did you mean '{}'?", *near));
    return std::unexpected(std::move(error));
  }

  const ObjectSpec& spec_;
  const Target& target_;
  std::vector<std::byte> contents_;
  std::unordered_map<std::string_view, Entry> by_name_;
};

}  // namespace

Result<std::vector<std::byte>> kconfig_contents(const ObjectSpec& spec, const Target& target) {
  return Values(spec, target).read();
}

}  // namespace skep::object
