#include "btf/flavour.hpp"

namespace skep::btf {

// The last "___" between characters that are no underscores themselves.
std::string_view essential_name(std::string_view name) noexcept {
  if (name.size() < 5) return name;
  for (std::size_t i = name.size() - 5; i + 1 > 0; --i) {
    if (name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i] != '_' &&
        name[i + 4] != '_') {
      return name.substr(0, i + 1);
    }
  }
  return name;
}

}  // namespace skep::btf
