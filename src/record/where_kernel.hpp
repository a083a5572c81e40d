// record/where_kernel.hpp: `--where` as instructions of the program that makes the records, so that
// what nobody wants is not even sent: the bodies of skep_where and of SKEP_EARLY's function in
// bpf/skep/stream.bpf.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "record/where.hpp"
#include "skep/instructions.hpp"
#include "stream/record_type.hpp"

namespace skep::record {

// A part of an expression of which all must hold.
struct WherePart {
  std::string text;
  std::string why;        // it cannot be tested in the kernel; empty: it can
  bool is_early = false;  // also of what is known before there is a record
};

// What of an expression the kernel can test, of records of one schema. What it lets through is to
// be tested whole in user space: it is less than the expression, never more.
struct KernelWhere {
  std::optional<Where> where;    // nothing: no part of it
  std::optional<Where> early;    // the same, of what is known before there is a record
  std::vector<WherePart> parts;  // in order
};
// `known`: what is known before there is a record, and where that lies. Errors: those of
// Where::compile.
[[nodiscard]] Result<KernelWhere> split_where(const where::Tree& tree, const Schema& schema,
                                              std::span<const SameBits> known = {});

// One kind of records of a stream, and which of them are wanted: see RowWriter::kind_of().
struct KernelKind {
  std::optional<std::uint32_t> bytes;  // of each; nothing: as long as they are
  std::optional<stream::RecordTag> tag;
  const Where* where = nullptr;  // nullptr: all
};

// Where what is not wanted is counted: a counter in each of `cells`, in a map of one value.
struct WhereCounter {
  std::string map;
  std::uint32_t offset = 0;  // bytes to the first
  std::uint32_t stride = 0;  // bytes from one to the next
  std::uint32_t cells = 0;   // a power of two
};

// The body of `int skep_where(const void *record, u64 size, const void *ring)` for records that are
// of the first kind that they fit; of those that fit none all are wanted. Nothing when it would be
// too long. `alignment`: see stream::WhereCall; `bytes` stands for `size`, where it is known
// better. No loops, no stack, and no byte of the record is looked at before `size` is.
// Precondition: split_where() made the kinds' expressions.
[[nodiscard]] std::optional<assembly::Code> where_code(std::span<const KernelKind> kinds,
                                                       std::uint32_t alignment,
                                                       const WhereCounter& counter,
                                                       std::optional<std::uint32_t> bytes = {});

// The body of `int skep_early_NAME(const TYPE *known)`: 0 when none of these wants what is known.
// `alignment` is the type's, in bytes: it may lie on the stack. Nothing when it would be too long.
[[nodiscard]] std::optional<assembly::Code> early_code(std::span<const Where> wheres,
                                                       std::uint32_t alignment,
                                                       const WhereCounter& counter);

}  // namespace skep::record
