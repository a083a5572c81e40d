#include "run/row_output.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/quantity.hpp"
#include "run/statistics.hpp"

namespace skep::run {
namespace {

constexpr std::uint32_t kept_by_default = 5, most_kept = 10'000;

std::filesystem::path numbered(const std::filesystem::path& path, std::uint32_t number) {
  return path.string() + "." + std::to_string(number);
}

constexpr unsigned everybody = 0666;  // as far as the umask has it

Result<Fd> create(const std::filesystem::path& path) {
  return open_file(path, O_WRONLY | O_CREAT | O_TRUNC, everybody);
}

// What is there, or nothing when there is none, but could be.
Result<Fd> open_if_there(const std::filesystem::path& path) {
  auto there = open_file(path, O_WRONLY);
  if (there || there.error().code() != ENOENT) return there;
  auto made = open_file(path, O_WRONLY | O_CREAT | O_EXCL, everybody);
  if (!made && made.error().code() != EEXIST) return made;  // a link that leads nowhere is
  if (made) ::unlink(path.c_str());
  return Fd();
}

// What is fit to be part of a file's name: ".bss" becomes "bss".
std::string fit_for_path(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('.'), name.size()));
  std::string out(name);
  const auto is_fit = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  for (char& c : out) {
    if (!is_fit(static_cast<unsigned char>(c))) c = '_';
  }
  return out;
}

// rows.json → rows.events.json; `name` is fit for it.
std::filesystem::path with_name(const std::filesystem::path& path, const std::string& name) {
  auto out = path;
  const auto extension = path.extension();
  out.replace_extension(name + extension.string());
  return out;
}

}  // namespace

Result<void> parse_rotation(std::string_view text, OutputFile& file) {
  const auto bad = [text] {
    return fail(ErrorKind::invalid_argument,
                "--rotate '{}': it takes a size, and how many old files are kept, as in 10M or "
                "512k:3",
                text);
  };
  const auto colon = text.find(':');
  const auto size = parse_size(text.substr(0, colon));
  if (!size || *size == 0 || *size > UINT64_MAX >> 1) return bad();
  file.most_bytes = *size;
  file.kept = kept_by_default;
  if (colon == std::string_view::npos) return {};
  const auto kept = text.substr(colon + 1);
  const auto parsed = std::from_chars(kept.begin(), kept.end(), file.kept);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == kept.end();
  return is_number && file.kept > 0 && file.kept <= most_kept ? Result<void>{} : bad();
}

Result<RowOutput> RowOutput::open(OutputFile file) {
  RowOutput out(-1);
  out.file_ = std::move(file);
  struct stat info{};
  const bool exists = ::stat(out.file_.path.c_str(), &info) == 0;
  if (out.file_.most_bytes > 0 && exists && !S_ISREG(info.st_mode)) {
    return fail(ErrorKind::invalid_argument, "--rotate: {} is no regular file",
                out.file_.path.string());
  }
  SKEP_TRY(out.own_, open_if_there(out.file_.path));
  return out;
}

Result<void> RowOutput::start() {
  if (file_.path.empty()) return {};
  const auto& path = file_.path.native();
  if (file_.written && file_.written->contains(path)) return go_on();
  if (file_.written) file_.written->try_emplace(path);
  struct stat info{};
  const bool is_file = own_ && ::fstat(own_.get(), &info) == 0 && S_ISREG(info.st_mode);
  if (is_file && info.st_size > 0 && file_.most_bytes > 0) return rotate();
  if (!own_) {
    SKEP_TRY(own_, create(path));
  }
  if (is_file && ::ftruncate(own_.get(), 0) != 0) return fail_errno(errno, "truncate {}", path);
  fd_ = own_.get();
  return {};
}

// Behind what the session before wrote.
Result<void> RowOutput::go_on() {
  const auto& path = file_.path.native();
  SKEP_TRY(own_, open_file(path, O_WRONLY | O_CREAT | O_APPEND, everybody));
  fd_ = own_.get();
  struct stat info{};
  if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return {};
  bytes_ = static_cast<std::uint64_t>(info.st_size);
  has_rows_ = true;
  above_ = file_.written->at(path);
  return {};
}

// FILE.1 is the newest of the old ones.
Result<void> RowOutput::rotate() {
  const auto& path = file_.path;
  for (std::uint32_t i = file_.kept; i > 0; --i) {
    const auto from = i == 1 ? path : numbered(path, i - 1);
    std::error_code error;
    std::filesystem::rename(from, numbered(path, i), error);
    if (error && error != std::errc::no_such_file_or_directory) {
      return fail_errno(error.value(), "rename {} to {}", from.string(),
                        numbered(path, i).string());
    }
  }
  SKEP_TRY(own_, create(path));
  fd_ = own_.get();
  return {};
}

void RowOutput::begin(const RowWriter::Kind& kind) {
  if (kind_ == &kind) return;
  kind_ = &kind;
  const std::size_t mark = text.size();
  kind.append_header(text);
  header_ = text.substr(mark);
  if (std::exchange(above_, {}) == header_) text.resize(mark);
  bytes_ += text.size() - mark;
  if (file_.written) (*file_.written)[file_.path.native()] = header_;
}

void RowOutput::end_row(std::size_t start) {
  const std::size_t size = text.size() - start;
  if (size == 0) return;
  if (file_.most_bytes > 0 && has_rows_ && bytes_ + size > file_.most_bytes) {
    ends_.push_back(start);
    text.insert(start, header_);
    bytes_ = header_.size();
  }
  bytes_ += size;
  has_rows_ = true;
}

void RowOutput::append(const RowWriter::Kind& kind, std::span<const std::byte> record) {
  if (!kind.is_without_header()) begin(kind);
  const std::size_t start = text.size();
  kind.append(text, record);
  end_row(start);
}

Error RowOutput::explain(Error error) const {
  return file_.path.empty() ? error : std::move(error).in(file_.path.string());
}

Result<void> RowOutput::write_full_files(const Sink& sink) {
  std::size_t begin = 0;
  Sink to = sink;
  for (const std::size_t end : std::exchange(ends_, {})) {
    std::string part = text.substr(begin, end - begin);
    if (auto wrote = to.write(part); !wrote) {
      return std::unexpected(explain(std::move(wrote).error()));
    }
    SKEP_CHECK(rotate());
    to = Sink(fd_, -1);
    begin = end;
  }
  text.erase(0, begin);
  return {};
}

// Of one that failed nothing more is expected.
bool RowOutput::drop_if_failed() {
  if (!has_failed_) return false;
  dropped_ += text.size();
  text.clear();
  ends_.clear();
  return true;
}

Result<Sink::Outcome> RowOutput::write(int interrupt) {
  if (drop_if_failed()) return Sink::Outcome::written;
  auto outcome = write_all_of_it(interrupt);
  has_failed_ = !outcome;
  (void)drop_if_failed();
  return outcome;
}

Result<bool> RowOutput::finish(std::chrono::milliseconds patience) {
  if (drop_if_failed()) return true;
  auto all = finish_all_of_it(patience);
  has_failed_ = !all;
  (void)drop_if_failed();
  return all;
}

Result<Sink::Outcome> RowOutput::write_all_of_it(int interrupt) {
  if (!ends_.empty()) SKEP_CHECK(write_full_files(Sink(fd_, -1)));
  if (text.empty()) return Sink::Outcome::written;
  auto outcome = Sink(fd_, interrupt).write(text);
  if (!outcome) return std::unexpected(explain(std::move(outcome).error()));
  if (*outcome == Sink::Outcome::closed) text.clear();
  return outcome;
}

Result<bool> RowOutput::finish_all_of_it(std::chrono::milliseconds patience) {
  if (!ends_.empty()) SKEP_CHECK(write_full_files(Sink(fd_, -1)));
  auto all = Sink(fd_, -1).finish(text, patience);
  if (!all) return std::unexpected(explain(std::move(all).error()));
  return all;
}

std::vector<RowOutputs::Source> RowOutputs::sources_of(const Plan& plan, Format format) {
  std::vector<Source> out;
  for (const auto& stream : plan.streams) {
    if (format != Format::csv || stream.records.size() < 2) {
      out.push_back({stream.map, ""});
      continue;
    }
    for (const auto& record : stream.records) out.push_back({stream.map, record.schema.name});
  }
  for (const auto& table : plan.tables) {
    if (table.shown) out.push_back({table.map, ""});
  }
  if (plan.prints) out.push_back({std::string(printed_source), ""});
  for (const auto& iterator : plan.iterators) out.push_back({iterator.program, ""});
  if (plan.statistics) out.push_back({std::string(statistics_source), ""});
  return out;
}

Result<RowOutputs> RowOutputs::open(const Plan& plan, const SessionOptions& options) {
  RowOutputs out;
  out.sources_ = sources_of(plan, options.format);
  const auto name_of = [](const Source& source) {
    return source.type.empty() ? source.map : source.map + "." + source.type;
  };
  if (options.file.path.empty()) {
    const bool is_mixed = options.format == Format::csv || options.format == Format::raw;
    if (is_mixed && out.sources_.size() > 1) {
      std::vector<std::string> names;
      names.reserve(out.sources_.size());
      for (const auto& source : out.sources_) names.push_back(name_of(source));
      return std::unexpected(
          Error(ErrorKind::invalid_argument,
                fmt::format("-o {}: rows of several kinds ({}) do not go into one output",
                            options.format == Format::csv ? "csv" : "raw", fmt::join(names, ", ")))
              .hint("Give each a file: --output FILE; or take -o json."));
    }
    out.outputs_.emplace_back(options.output);
    return out;
  }
  if (out.sources_.size() < 2) {
    SKEP_TRY(auto only, RowOutput::open(options.file));
    out.outputs_.push_back(std::move(only));
    return out;
  }
  for (const auto& source : out.sources_) {
    OutputFile file = options.file;
    std::string name = fit_for_path(source.map);
    if (!source.type.empty()) name += "." + fit_for_path(source.type);
    file.path = with_name(file.path, name);
    SKEP_TRY(auto one, RowOutput::open(std::move(file)));
    out.outputs_.push_back(std::move(one));
  }
  return out;
}

// A kind that nothing is known of goes where the map's first one does.
std::size_t RowOutputs::index_of(std::string_view map, std::string_view type) const {
  if (outputs_.size() == 1) return 0;
  std::size_t first = outputs_.size();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i].map != map) continue;
    if (sources_[i].type.empty() || sources_[i].type == type) return i;
    first = std::min(first, i);
  }
  return first == outputs_.size() ? 0 : first;
}

std::size_t RowOutputs::waiting() const noexcept {
  std::size_t sum = 0;
  for (const auto& output : outputs_) sum += output.text.size();
  return sum;
}

std::size_t RowOutputs::dropped() const noexcept {
  std::size_t sum = 0;
  for (const auto& output : outputs_) sum += output.dropped();
  return sum;
}

Result<void> RowOutputs::start() {
  for (auto& output : outputs_) SKEP_CHECK(output.start());
  return {};
}

Result<Sink::Outcome> RowOutputs::write(int interrupt) {
  Result<Sink::Outcome> worst = Sink::Outcome::written;
  for (auto& output : outputs_) {
    auto outcome = output.write(interrupt);
    if (worst && (!outcome || *outcome != Sink::Outcome::written)) worst = std::move(outcome);
  }
  return worst;
}

Result<bool> RowOutputs::finish(std::chrono::milliseconds patience) {
  Result<bool> all = true;
  for (auto& output : outputs_) {
    auto done = output.finish(patience);
    if (all && (!done || !*done)) all = std::move(done);
  }
  return all;
}

}  // namespace skep::run
