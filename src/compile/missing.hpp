// compile/missing.hpp: a header that clang did not find, and where it is to be had.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skep::compile {

struct MissingHeader {
  std::string name;  // as the #include has it: "bpf/bpf_helpers.h"
  std::string file;  // that has the #include; never one of skep's own
  std::string line;
};

// Looks into what clang said. `own_headers`: skep's, which include libbpf's by the same names.
[[nodiscard]] std::optional<MissingHeader> find_missing(std::string_view errors,
                                                        std::string_view own_headers);

// What to do about it, one sentence each: the package that has it, the folder near the source that
// it lies in. `system`: where the system's headers are.
[[nodiscard]] std::vector<std::string> hints_for(
    const MissingHeader& header, const std::filesystem::path& source,
    const std::filesystem::path& system = "/usr/include");

}  // namespace skep::compile
