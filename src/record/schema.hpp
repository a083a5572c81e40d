// record/schema.hpp: what the bytes of a record mean.
//
// A schema is made once from a BTF type and is flat: each column says where its bytes are and how
// to show them. Nothing looks at BTF again while events flow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/scale.hpp"
#include "skep/btf.hpp"
#include "skep/result.hpp"

namespace skep::record {

// What a column means. The plain ones come from the BTF type; the others from a typedef's name in
// bpf/skep/columns.bpf.h (skep_errno_t …), as long as what it names has the right shape.
enum class Meaning : std::uint8_t {
  // plain
  unsigned_integer,
  signed_integer,
  boolean,
  character,
  enumeration,
  floating,  // 4 or 8 bytes
  pointer,
  text,       // char[N], up to the first NUL
  bytes,      // anything else: hex
  structure,  // an array's elements: see Column::fields; any other struct is flattened
  // by typedef
  text_span,    // skep_text_t: {offset, length, total} of a text elsewhere in the record
  words_span,   // skep_words_t: the same, NUL-separated words (argv)
  error_code,   // skep_errno_t: 0 or a negative errno; shown by name
  result,       // skep_result_t: >= 0 a number, < 0 an errno by name
  signal,       // skep_signal_t: by name, none when 0
  duration_ns,  // skep_duration_ns_t
  open_flags,   // skep_open_flags_t: "O_RDONLY|O_CLOEXEC"
  file_mode,    // skep_mode_t: octal
  user_id,      // skep_uid_t
  time_ns,      // skep_time_ns_t: nanoseconds since boot (CLOCK_BOOTTIME); shown as wall clock
  // by name and type, by an annotation, by --col: see record/kind.hpp
  monotonic_ns,  // the same, by CLOCK_MONOTONIC: what bpf_ktime_get_ns() gives
  duration_us,
  duration_ms,
  duration_s,
  byte_count,  // a size, shown as 4.0K
  percent,
  hex_number,   // 0x1f
  dump,         // any bytes, in hex
  ip4,          // 4 bytes in network order
  ip4_host,     // a number in the machine's order
  ip6,          // 16 bytes
  ip,           // 4 or 16 bytes: the column at Column::selector holds the family
  cidr,         // 4 or 16 bytes: the column at Column::selector holds the prefix's length
  mac,          // 6 bytes
  port_be,      // 2 bytes in network order
  family,       // AF_INET
  socket_type,  // SOCK_STREAM
  ip_protocol,  // TCP
  ether_type,   // in network order: IPv4
  tcp_state,    // ESTABLISHED
  capability,   // CAP_SYS_ADMIN
  system_call,  // of this machine's architecture: openat
  device,       // the kernel's dev_t: major:minor
  user_name,
  group_name,
  process,      // a pid, with the name that it has now
  cgroup,       // a cgroup's id: its path
  bpf_program,  // its id in the kernel: its name
  bpf_map,      // the same of a map
  flags,        // bits that an enumeration names
};

// In words: "signed integer", "open flags".
[[nodiscard]] std::string_view name_of(Meaning meaning) noexcept;

// One dimension of an array. `count` is 0 when the last member of the record is a flexible array:
// then there are as many elements as the record has room for.
struct Dimension {
  std::uint32_t count = 0;
  std::uint32_t stride = 0;  // bytes from element to element, never 0
};

// An enumeration's names, sorted by value; of names for the same value the first one counts.
// Values of a signed enumeration are sign-extended.
struct Enumeration {
  btf::TypeId type = 0;
  std::vector<std::pair<std::uint64_t, std::string>> names;
};

struct Column {
  static constexpr std::uint32_t none = UINT32_MAX;

  std::string name;               // "pid", "addr.v4": unique within the schema
  std::vector<std::string> path;  // {"addr", "v4"}
  Meaning meaning = Meaning::bytes;
  std::uint32_t offset = 0;    // bytes from the start of the record (of the element, in `fields`)
  std::uint32_t size = 0;      // bytes of one element; of a bit field those that hold its bits
  std::uint8_t bit_shift = 0;  // bit field: its lowest bit, 0 to 7, in the byte at `offset`
  std::uint8_t bit_size = 0;   // bit field: width, at most 128; 0 when it is none
  bool is_signed = false;
  std::uint8_t width = 0;             // terminal columns, where the author says so; 0: by the kind
  bool flexible = false;              // text or bytes that go on to the record's end
  btf::TypeId type = 0;               // without modifiers and dimensions
  std::uint32_t enumeration = none;   // index into Schema::enumerations
  std::uint32_t selector = 0;         // ip, cidr: where the record says of which kind it is
  std::uint8_t selector_size = 0;     // bytes of that number
  std::vector<Dimension> dimensions;  // outermost first; empty: a single value
  std::vector<Column> fields;         // Meaning::structure: what an element holds
  std::string unit;                   // that no kind says: "pages"
  std::string about;                  // what its author says of it
  std::optional<Scale> scale;         // an array of counts that is a histogram, by its author
  // text_span, words_span outside of arrays: what JSON calls a cut text's whole length, and the
  // reason why there is none. Unique beside the names of the other members.
  std::string total_name, error_name;
};

struct Schema {
  std::string name;        // the type's name
  std::string about;       // what its author says of it
  std::uint32_t size = 0;  // bytes of its fixed part: a shorter record is shown as hex
  std::vector<Column> columns;
  std::vector<Enumeration> enumerations;
  bool is_partial = false;  // a choice of columns: what else a record holds is not wanted
};

// Flattens struct and union members; anonymous ones lend their fields to the parent. A type that is
// no struct becomes one column, "value". Errors: bad_input when it has no size, contains itself, or
// a member lies outside of it; unsupported beyond 4096 columns or 4 Mi values in one record.
[[nodiscard]] Result<Schema> make_schema(const Btf& types, btf::TypeId type);

// The index of an enumeration's names in the schema, which gets them if it has not.
[[nodiscard]] std::uint32_t add_enumeration(Schema& schema, const btf::Type& type);

// The same for records that are sent only as far as they are filled: where the last column is a
// text or bytes, it goes on to the record's end.
[[nodiscard]] Schema open_ended(Schema schema);

// For records of which nothing is known: one column of bytes, as long as the record.
[[nodiscard]] Schema raw_schema(std::string_view name);

}  // namespace skep::record
