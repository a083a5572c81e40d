#include "record/inet.hpp"

namespace skep::record {
namespace {

using Groups = std::array<unsigned, 8>;

// The first of the longest runs of zeros: what "::" stands for, when there are at least two.
struct Gap {
  std::size_t begin = Groups().size(), length = 0;
};

Gap find_gap(const Groups& groups) noexcept {
  Gap best;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    std::size_t length = 0;
    while (i + length < groups.size() && groups[i + length] == 0) ++length;
    if (length >= 2 && length > best.length) best = {i, length};
    i += length;
  }
  return best;
}

}  // namespace

char* write_ip6(char* to, const std::byte* at) noexcept {
  Groups groups{};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    groups[i] =
        std::to_integer<unsigned>(at[2 * i]) << 8 | std::to_integer<unsigned>(at[2 * i + 1]);
  }
  const Gap gap = find_gap(groups);
  // ::1.2.3.4 and ::ffff:1.2.3.4
  const bool ends_in_ip4 =
      gap.begin == 0 && (gap.length == 6 || (gap.length == 5 && groups[5] == 0xffff));
  const std::size_t end = ends_in_ip4 ? 6 : groups.size();
  for (std::size_t i = 0; i < end;) {
    if (i == gap.begin) {
      *to++ = ':';
      i += gap.length;
      if (i == groups.size()) *to++ = ':';
      continue;
    }
    if (i > 0) *to++ = ':';
    to = write_hex(to, groups[i++]);
  }
  if (!ends_in_ip4) return to;
  *to++ = ':';
  return write_ip4(to, at + 12);
}

}  // namespace skep::record
