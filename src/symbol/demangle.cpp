// The header declares basename(3) otherwise, as C++ does not allow.
#define HAVE_DECL_BASENAME 1
#include <libiberty/demangle.h>

#include <cstdlib>
#include <memory>

#include "skep/symbol.hpp"

namespace skep {
namespace {

constexpr std::size_t longest = 4096;  // bytes of a mangled name; more is nobody's own

struct Free {
  void operator()(char* text) const noexcept { std::free(text); }
};

}  // namespace

std::string demangle(std::string_view name) {
  std::string plain(name);
  const bool is_mangled = name.starts_with("_Z") || name.starts_with("_R");
  if (!is_mangled || name.size() > longest) return plain;
  // Without what templates return, which nobody looks for. Knows Rust's older names, which look
  // like C++ ones, by the hash at their end.
  const std::unique_ptr<char, Free> text(
      ::cplus_demangle(plain.c_str(), DMGL_AUTO | DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP));
  // "_RNvNtCs1234_000", for one, stands for nothing: then the name is all that there is.
  return text == nullptr || *text == '\0' ? plain : std::string(text.get());
}

}  // namespace skep
