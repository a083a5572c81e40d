// skep/record.hpp: records and entries of maps as JSON, by what BTF says of them: nothing is known
// of the types when the program is compiled.
//
// In the target skep::record: the library itself needs neither libseccomp nor utf8proc.
//
//   SKEP_TRY(auto reader, skep::StreamReader::open(object, "events"));
//   SKEP_TRY(const auto formatter, skep::RecordFormatter::of_records(object.spec(), "events"));
//   reader.poll(timeout, [&](std::span<const std::byte> record) { formatter.append(out, record);
//   });
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skep/btf.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

#pragma GCC visibility push(default)
namespace skep {

// What bytes mean, found once; then each record costs no look at BTF and no allocation. As `skep
// run -o json` shows them: docs/columns.md has the kinds of columns, docs/design/output.md their
// form, which is stable within a version. Move-only; used by one thread at a time: it remembers
// names that it looked up (users, cgroups), and has room to put an entry together.
class RecordFormatter {
 public:
  // Records of ring or perf buffer `map`: its types are found as `skep run` finds them, by what the
  // object declares, else by following its instructions, and told apart by size and tag. But for
  // one thing: `skep run` looks into DWARF, too, for variables whose types BTF does not name.
  // Errors: not_found when there is no such buffer; bad_input and unsupported for types that cannot
  // be laid out.
  static Result<RecordFormatter> of_records(const ObjectSpec& spec, std::string_view map);
  // Entries of map `map`: {"key":…,"value":…}. A record is the key, zeros up to a multiple of 8
  // bytes, and the value. Errors: the same; not_found when the map's definition names no types.
  static Result<RecordFormatter> of_entries(const ObjectSpec& spec, std::string_view map);
  // Values of a type of `types`. Errors: as above.
  static Result<RecordFormatter> of_type(const Btf& types, btf::TypeId type);

  RecordFormatter(RecordFormatter&&) noexcept;
  RecordFormatter& operator=(RecordFormatter&&) noexcept;
  RecordFormatter(const RecordFormatter&) = delete;
  RecordFormatter& operator=(const RecordFormatter&) = delete;
  ~RecordFormatter();

  // Appends one line of JSON, with its newline. Any bytes make one line of valid JSON in valid
  // UTF-8: a record of no known type is {"raw":"hex…"}, one too short for its type {"_raw":"hex…"}.
  void append(std::string& out, std::span<const std::byte> record) const;
  // The same of an entry, which may lie in two places.
  void append(std::string& out, std::span<const std::byte> key,
              std::span<const std::byte> value) const;

  // The name of the type that `record` has; empty: of none that is known.
  [[nodiscard]] std::string_view type_of(std::span<const std::byte> record) const noexcept;
  // Types that are told apart, in the order in which they are tried.
  [[nodiscard]] std::vector<std::string_view> types() const;

 private:
  struct State;
  explicit RecordFormatter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace skep
#pragma GCC visibility pop
