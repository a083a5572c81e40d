// btf/print.hpp: types printed as C.
#pragma once

#include <string>

#include "skep/btf.hpp"

namespace skep::btf {

// A header that declares every type of `types`, in an order that compiles, with padding so that
// every layout comes out the same as the kernel's: what `bpftool btf dump … format c` prints, and
// compiles with -Wall -Werror. Ends with preserve_access_index applied to all of it.
[[nodiscard]] Result<std::string> print_header(const Btf& types);

// One type's whole declaration: "struct event {\n\t__u32 pid;\n …}".
[[nodiscard]] Result<std::string> print_type(const Btf& types, TypeId id);

}  // namespace skep::btf
