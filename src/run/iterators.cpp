#include "run/iterators.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace skep::run {
namespace {

constexpr std::string_view prefix = "iter/", sleepable_prefix = "iter.s/";

// The text has its own header, if any.
RowOptions without_header(RowOptions options) {
  if (options.format == Format::table) options.header = false;
  return options;
}

// Calls visit(line) for each line, without its end.
template <typename Visit>
Result<void> read_lines(const Fd& fd, Visit visit) {
  std::string text;
  std::array<char, std::size_t{64} * 1024> room;
  for (;;) {
    const ssize_t got = ::read(fd.get(), room.data(), room.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "read");
    text.append(room.data(), static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', start)) {
      visit(std::string_view(text).substr(start, end - start));
      start = end + 1;
    }
    text.erase(0, start);
    if (got == 0) break;
  }
  if (!text.empty()) visit(std::string_view(text));
  return {};
}

}  // namespace

std::vector<PlannedIterator> find_iterators(const ObjectSpec& spec) {
  std::vector<PlannedIterator> out;
  for (const auto& program : spec.programs) {
    const std::string_view section = program.section;
    if (!program.autoload) continue;
    for (const auto start : {prefix, sleepable_prefix}) {
      if (!section.starts_with(start)) continue;
      out.push_back({program.name, std::string(section.substr(start.size()))});
    }
  }
  return out;
}

record::Schema iterator_schema(const PlannedIterator& iterator) {
  auto schema = record::raw_schema(iterator.program);
  schema.columns[0].name = "text";
  schema.columns[0].path = {"text"};
  schema.columns[0].meaning = record::Meaning::text;
  return schema;
}

IteratorReader::IteratorReader(const Link& link, const RowOptions& options, bool is_only)
    : link_(&link),
      rows_(iterator_schema({link.program(), ""}), std::nullopt, without_header(options)),
      has_title_(!is_only && options.header && options.format == Format::table) {}

Result<std::size_t> IteratorReader::append(RowOutput& to) {
  SKEP_TRY(const Fd fd, link_->iterate());
  std::size_t count = 0;
  auto read = read_lines(fd, [&](std::string_view line) {
    const auto record = std::as_bytes(std::span(line));
    if (!rows_.wants(record)) return;
    if (count++ == 0 && has_title_) {
      to.end_rows();
      fmt::format_to(std::back_inserter(to.text), "\n{}:\n", name());
    }
    to.append(rows_, record);
  });
  if (!read) return add_context(std::move(read).error(), "iterator '{}'", name());
  return count;
}

}  // namespace skep::run
