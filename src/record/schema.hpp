// record/schema.hpp: what the bytes of a record mean.
//
// A schema is made once from a BTF struct and is flat: each column says where its bytes are and
// how to show them. Nothing looks at BTF again while events flow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::record {

// What a column means. The plain kinds come from the BTF type; the others from a typedef name of
// bpf/skep/columns.bpf.h (skep_errno_t …).
enum class Meaning : std::uint8_t {
  // plain
  unsigned_integer, signed_integer, boolean, character, enumeration, floating, pointer,
  text,        // char[N], up to the first NUL
  bytes,       // anything else: hex
  // by typedef
  text_span,   // skep_text_t: {offset, length, total} of a text elsewhere in the record
  words_span,  // skep_words_t: the same, NUL-separated words (argv)
  error_code,  // skep_errno_t: 0 or a negative errno; shown by name
  result,      // skep_result_t: >= 0 a number, < 0 an errno by name
  signal,      // skep_signal_t: by name, empty when 0
  duration_ns, // skep_duration_ns_t
  open_flags,  // skep_open_flags_t: "O_RDONLY|O_CLOEXEC"
  file_mode,   // skep_mode_t: octal
  user_id,     // skep_uid_t
  time_ns,     // skep_time_ns_t: nanoseconds since boot (CLOCK_BOOTTIME); shown as wall clock
};

struct Column {
  std::string name;          // "pid", "addr.v4", "cpus[1]"
  Meaning meaning = Meaning::bytes;
  std::uint32_t offset = 0;  // bytes
  std::uint32_t size = 0;    // bytes; for a bit field those of its storage
  std::uint8_t bit_shift = 0;  // bit field: from the low end of the storage
  std::uint8_t bit_size = 0;   // bit field: width; 0 when it is none
  btf::TypeId type = 0;        // after stripping; enumerations look their names up at build time
  std::uint32_t count = 1;     // elements of an array shown in one cell
  std::uint32_t stride = 0;    // bytes from element to element
  std::vector<std::pair<std::uint64_t, std::string>> names;  // enumeration, sorted by value
  bool is_signed = false;
};

struct Schema {
  std::string name;            // the struct's name
  std::uint32_t size = 0;      // bytes of its fixed part: a shorter record is shown as hex
  std::vector<Column> columns;
};

// Flattens struct, union, array members; anonymous members lend their fields to the parent.
// Errors: bad_input when the type has no size; unsupported beyond 4096 columns.
[[nodiscard]] Result<Schema> make_schema(const Btf& types, btf::TypeId type);

}  // namespace skep::record
