// stream/record_type.hpp: which types the records of a ring or perf buffer have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "btf/local_variable.hpp"
#include "skep/spec.hpp"
#include "stream/outputs.hpp"

namespace skep::stream {

struct RecordType {
  btf::TypeId type = 0;
  std::string found_by;   // in words
  bool is_of_map = true;  // said of this very map; else it may be meant for something else
};

// What the object itself declares. In this order: the ledger of bpf/skep/stream.bpf.h;
// `__type(value, …)` in the map's definition; a global `struct X *unused` (bpf2go's idiom) when it
// is the only one.
[[nodiscard]] std::optional<RecordType> find_record_type(const ObjectSpec& spec,
                                                         const MapSpec& map);

// What tells records of one size apart: a number at their start.
struct RecordTag {
  std::uint32_t offset = 0, size = 0;  // bytes
  std::uint64_t value = 0;
};

// A type that records of one size have. `types` is the object's, or that of its local variables.
struct InferredType {
  Btf types;
  btf::TypeId type = 0;
  std::optional<std::uint32_t> size;  // bytes of a record; nothing: as long as it is
  std::string found_by;
  std::vector<std::string> others;  // names of types that would do as well
  std::vector<std::string> mixed;   // names of types that other such records have
  std::optional<RecordTag> tag;     // where other types have this size: what these records have
  bool is_declared = false;         // by the object, not told by its instructions
};

// Whether the running kernel has a type of that name and so many bytes. Asked only before a type is
// guessed by its size: what the kernel has is not what an author made for records. Empty: nobody
// knows.
using IsOfKernel = std::function<bool(std::string_view name, std::uint32_t bytes)>;

// What the instructions tell of a map without a declared type: for each size of record that is put
// into it, the type of the variable that it is made in. Several types of one size are told apart by
// the first number in which the programs make them differ (an enumeration, mostly). `outputs` are
// those of find_outputs(), `map` an index into ObjectSpec::maps. Sizes of which nothing is known
// are not in the result.
[[nodiscard]] std::vector<InferredType> infer_record_types(const ObjectSpec& spec,
                                                           std::uint32_t map,
                                                           std::span<const Output> outputs,
                                                           const btf::LocalVariables& locals,
                                                           const IsOfKernel& is_of_kernel = {});

// Both: what is declared, as long as the instructions do not contradict it; else what they tell, in
// the order in which to look which one a record is of. Where a type is declared, it is the only
// one, and of any size.
[[nodiscard]] std::vector<InferredType> find_record_types(const ObjectSpec& spec, std::uint32_t map,
                                                          std::span<const Output> outputs,
                                                          const btf::LocalVariables& locals,
                                                          const IsOfKernel& is_of_kernel = {});

// Whether a record has that size (if any) and tag (if any). `is_padded`: of a perf buffer, where
// the kernel puts 4 bytes before a record's and rounds the whole up to 8.
[[nodiscard]] bool is_of(std::span<const std::byte> record, std::optional<std::uint32_t> size,
                         const std::optional<RecordTag>& tag, bool is_padded) noexcept;

}  // namespace skep::stream
