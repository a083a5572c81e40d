// elf/identify.hpp: is this a BPF object at all, and what is it instead?
#pragma once

#include "base/bytes.hpp"
#include "skep/result.hpp"

namespace skep::elf {

// Looks at the first 20 bytes: magic, class, byte order, file type and machine.
// Errors: bad_input that says what the file is, with a hint.
[[nodiscard]] Result<void> check_is_bpf_object(Bytes bytes);

}  // namespace skep::elf
