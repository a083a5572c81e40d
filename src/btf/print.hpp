// btf/print.hpp: types printed as C.
#pragma once

#include <string>

#include "skep/btf.hpp"

namespace skep::btf {

// A header that declares every type of `types`, in an order that compiles, with padding so that
// every layout comes out the same as the kernel's: what `bpftool btf dump … format c` prints, and
// compiles with -Wall -Werror. preserve_access_index applies to all of it, unless
// BPF_NO_PRESERVE_ACCESS_INDEX is defined. The kernel's kfuncs are declared at the end, unless
// BPF_NO_KFUNC_PROTOTYPES is. Types of one name become "name___2": the flavours that CO-RE ignores.
// Errors: bad_input for types that contain themselves; limit where a few types stand for megabytes
// of text. A kernel (5.5 MB of types, 2.8 MB of text) takes 0.1 s in a release build.
[[nodiscard]] Result<std::string> print_header(const Btf& types);

// One type's whole declaration: "struct event {\n\t__u32 pid;\n …}".
[[nodiscard]] Result<std::string> print_type(const Btf& types, TypeId id);

}  // namespace skep::btf
