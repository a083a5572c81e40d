// A verifier log, any text: with the object that it is about, and without.
#include <cstdint>
#include <string_view>
#include <vector>

#include "explain/verifier.hpp"
#include "unit/btf_builder.hpp"

namespace {

using namespace skep;

// One function with two source lines, for kernels that print a line without its number.
ObjectSpec make_spec() {
  test::BtfBuilder b;
  const auto file = b.string("count.bpf.c");
  const auto first = b.string("*count += 1;"), second = b.string("return 0;");
  ObjectSpec spec;
  spec.types = b.btf();
  spec.functions.push_back({.name = "count", .section = "tp", .instructions = {}});
  spec.functions.back().line_info = {{0, file, first, 18U << 10}, {4, file, second, 19U << 10 | 3}};
  return spec;
}

void check(const explain::Rejection& found, std::string_view log) {
  // What is quoted stands in the log; what is explained is quoted.
  for (const auto& quoted : {found.cause, found.source}) {
    if (log.find(quoted) == std::string_view::npos) __builtin_trap();
  }
  if (found.cause.find('\n') != std::string::npos) __builtin_trap();
  if (!found.meaning.empty() && found.cause.empty()) __builtin_trap();
  if (found.line != 0 && found.file.empty()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto spec = make_spec();
  const std::vector<char> copy(data, data + size);  // of the exact size, for the sanitizer
  const std::string_view log(copy.data(), copy.size());
  check(explain::explain_rejection(log), log);
  check(explain::explain_rejection(log, &spec), log);
  return 0;
}
