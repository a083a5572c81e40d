// A function of its own, by its address.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <skep/symbol.hpp>

namespace own {
[[gnu::noinline]] int landmark(int x) { return x * 7 + 1; }
}  // namespace own

int main() {
  skep::UserSymbols symbols;
  const auto address = reinterpret_cast<std::uintptr_t>(&own::landmark);
  std::puts(symbols.find(::getpid(), address).back().function.c_str());
}
