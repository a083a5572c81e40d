#include "record/kind.hpp"

#include <algorithm>
#include <array>

namespace skep::record {
namespace {

struct Kind {
  std::string_view name;
  Meaning meaning;
};

constexpr std::array kinds{
    Kind{"number", Meaning::unsigned_integer},
    Kind{"hex", Meaning::hex_number},
    Kind{"bool", Meaning::boolean},
    Kind{"char", Meaning::character},
    Kind{"text", Meaning::text},
    Kind{"dump", Meaning::dump},
    Kind{"pointer", Meaning::pointer},
    Kind{"percent", Meaning::percent},
    Kind{"size", Meaning::byte_count},
    Kind{"duration_ns", Meaning::duration_ns},
    Kind{"duration_us", Meaning::duration_us},
    Kind{"duration_ms", Meaning::duration_ms},
    Kind{"duration_s", Meaning::duration_s},
    Kind{"time", Meaning::monotonic_ns},
    Kind{"boot_time", Meaning::time_ns},
    Kind{"errno", Meaning::error_code},
    Kind{"result", Meaning::result},
    Kind{"signal", Meaning::signal},
    Kind{"syscall", Meaning::system_call},
    Kind{"capability", Meaning::capability},
    Kind{"user", Meaning::user_name},
    Kind{"group", Meaning::group_name},
    Kind{"process", Meaning::process},
    Kind{"cgroup", Meaning::cgroup},
    Kind{"mode", Meaning::file_mode},
    Kind{"open_flags", Meaning::open_flags},
    Kind{"device", Meaning::device},
    Kind{"ip4", Meaning::ip4},
    Kind{"ip4_host", Meaning::ip4_host},
    Kind{"ip6", Meaning::ip6},
    Kind{"mac", Meaning::mac},
    Kind{"port", Meaning::unsigned_integer},
    Kind{"port_be", Meaning::port_be},
    Kind{"family", Meaning::family},
    Kind{"socket_type", Meaning::socket_type},
    Kind{"protocol", Meaning::ip_protocol},
    Kind{"ethertype", Meaning::ether_type},
    Kind{"tcp_state", Meaning::tcp_state},
};

bool is_integer(const Column& column) noexcept {
  switch (column.meaning) {
    case Meaning::text:
    case Meaning::bytes:
    case Meaning::dump:
    case Meaning::structure:
    case Meaning::text_span:
    case Meaning::words_span:
    case Meaning::floating:
    case Meaning::ip:
    case Meaning::ip6:
    case Meaning::cidr:
    case Meaning::mac:
      return false;
    default:
      return column.size > 0 && column.size <= 8;
  }
}

// What a kind of bytes needs; 0: any number; nothing: it is one of an integer.
std::optional<std::uint32_t> bytes_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::ip4:
      return 4;
    case Meaning::ip6:
      return 16;
    case Meaning::mac:
      return 6;
    case Meaning::text:
    case Meaning::dump:
      return 0;
    default:
      return std::nullopt;
  }
}

// Elements of numbers that lie side by side, which make one value of `bytes`.
bool is_row_of(const Column& column, std::uint32_t bytes) noexcept {
  if (column.dimensions.empty() || !is_integer(column) || column.bit_size != 0) return false;
  const auto& inner = column.dimensions.back();
  const std::uint64_t length = std::uint64_t{inner.count} * inner.stride;
  return inner.stride == column.size && inner.count > 1 && (bytes == 0 || length == bytes);
}

}  // namespace

std::optional<Meaning> kind_named(std::string_view name) noexcept {
  const auto found = std::ranges::find(kinds, name, &Kind::name);
  return found == kinds.end() ? std::nullopt : std::optional(found->meaning);
}

std::vector<std::string_view> kind_names() {
  std::vector<std::string_view> out;
  out.reserve(kinds.size());
  for (const auto& kind : kinds) out.push_back(kind.name);
  return out;
}

bool can_be(const Column& column, Meaning meaning) noexcept {
  const auto bytes = bytes_of(meaning);
  if (!bytes) {
    if (!is_integer(column)) return false;
    return meaning == Meaning::port_be || meaning == Meaning::ether_type
               ? column.size == 2 && column.bit_size == 0
               : meaning != Meaning::ip4_host || column.size == 4;
  }
  if (is_row_of(column, *bytes)) return meaning != Meaning::text || column.size == 1;
  if (column.bit_size != 0 || column.flexible) return false;
  if (*bytes == 0) return meaning == Meaning::text ? column.meaning == Meaning::text : true;
  return column.size == *bytes && column.meaning != Meaning::structure;
}

bool show_as(Column& column, Meaning meaning) noexcept {
  if (!can_be(column, meaning)) return false;
  const auto bytes = bytes_of(meaning);
  if (bytes && is_row_of(column, *bytes)) {
    column.size = column.dimensions.back().count * column.dimensions.back().stride;
    column.dimensions.pop_back();
  }
  if (meaning == Meaning::unsigned_integer && column.is_signed) meaning = Meaning::signed_integer;
  column.meaning = meaning;
  return true;
}

}  // namespace skep::record
