#include "compile/compile.hpp"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>

#include "base/cache.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "btf/print.hpp"
#include "compile/depfile.hpp"
#include "compile/entry.hpp"
#include "compile/headers.hpp"
#include "compile/missing.hpp"
#include "compile/process.hpp"

namespace skep::compile {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_source = 64 << 20;
constexpr std::uint64_t largest_entry = 256 << 20;
constexpr std::size_t objects_kept = 256;

struct Job {
  const fs::path& source;
  const CompileOptions& options;
  Compiler clang;
  Folder folder;         // the cache, or a temporary one
  bool is_cache = true;  // which of them
  fs::path own_headers;
  std::string vmlinux;   // a folder's name below `folder`
  std::string warnings;  // ours, about the cache
  // The source declares functions of the kernel in another way than vmlinux.h does.
  bool own_kernel_functions = false;
};

std::string warning(const Error& error) {
  return fmt::format("skep: warning: compiling without the cache: {}\n", error.message());
}

// A cache that cannot be used (somebody else's, unwritable, on a full disk) is no reason not to
// compile: the headers go elsewhere for the time being.
Result<void> leave_cache(Job& job, const Error& why) {
  job.warnings += warning(why);
  job.is_cache = false;
  SKEP_TRY(job.folder, Folder::make_temporary());
  SKEP_TRY(job.own_headers, provide_own_headers(job.folder));
  return {};
}

Result<void> enter_cache(Job& job) {
  SKEP_TRY(job.folder, Folder::open_cache());
  SKEP_TRY(job.own_headers, provide_own_headers(job.folder));
  return {};
}

Result<Job> prepare(const fs::path& source, const CompileOptions& options) {
  SKEP_TRY(auto clang, find_clang());
  Job job{.source = source,
          .options = options,
          .clang = std::move(clang),
          .folder = {},
          .own_headers = {},
          .vmlinux = vmlinux_folder(options.kernel_build_id),
          .warnings = {}};
  if (auto entered = enter_cache(job); !entered) SKEP_CHECK(leave_cache(job, entered.error()));
  return job;
}

std::vector<std::string> make_command(const Job& job) {
  auto path = job.source.native();
  if (path.starts_with('-')) path = "./" + path;  // never an option
  const auto parent = job.source.parent_path();
  std::vector<std::string> out = {
      job.clang.path.native(),    "-target", "bpf", "-mcpu=v3", "-g", "-O2", "-Wall",
      std::string(machine_flag())};
  if (job.options.colour) out.emplace_back("-fcolor-diagnostics");
  // First, since those of libbpf's names include the next ones of that name.
  out.push_back("-I" + job.own_headers.native());
  out.insert(out.end(), job.options.flags.begin(), job.options.flags.end());
  if (job.own_kernel_functions) out.emplace_back("-DBPF_NO_KFUNC_PROTOTYPES");
  out.push_back("-I" + (parent.empty() ? std::string(".") : parent.native()));
  out.push_back("-I" + (job.folder.path() / job.vmlinux).native());
  if (const auto machine = machine_headers(); !machine.empty()) {
    out.insert(out.end(), {"-idirafter", machine.native()});
  }
  // The object to stream 1, the list of headers to stream 3: see process.hpp.
  out.insert(out.end(), {"-MD", "-MF", fmt::format("/proc/self/fd/{}", extra_stream), "-MT", "x",
                         "-c", path, "-o", "-"});
  return out;
}

// All that decides what clang makes, but for the headers: they are known only afterwards.
std::string key_of(const Job& job, const std::vector<std::string>& command, Bytes content) {
  Hasher key;
  key.add(content);
  std::error_code ignored;
  key.add(fs::current_path(ignored).native());
  // vmlinux.h is compared when its entry is found: an object that does not use it serves every
  // kernel.
  const auto vmlinux = "-I" + (job.folder.path() / job.vmlinux).native();
  for (const auto& word : command) {
    if (word != vmlinux) key.add(word);
  }
  struct stat clang{};
  (void)::stat(job.clang.path.c_str(), &clang);
  key.add(static_cast<std::uint64_t>(clang.st_ino))
      .add(static_cast<std::uint64_t>(clang.st_size))
      .add(static_cast<std::uint64_t>(clang.st_mtim.tv_sec))
      .add(static_cast<std::uint64_t>(clang.st_mtim.tv_nsec));
  for (const char* name : {"CPATH", "C_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS"}) {
    const char* value = std::getenv(name);
    key.add(value != nullptr ? value : "");
  }
  return "object-" + key.digits();
}

std::optional<Entry> look_up(const Job& job, const std::string& key) {
  const auto bytes = job.folder.read(key, largest_entry);
  if (!bytes) return std::nullopt;
  auto entry = decode(*bytes);
  if (!entry || !is_fresh(*entry)) return std::nullopt;
  if (!entry->vmlinux.empty() && entry->vmlinux != job.vmlinux) return std::nullopt;
  job.folder.touch(key);
  return entry;
}

bool misses_vmlinux(const Finished& run) {
  return run.status != 0 && run.errors.find("'vmlinux.h' file not found") != std::string::npos;
}

Result<void> make_vmlinux(Job& job) {
  SKEP_TRY(const auto types, job.options.kernel_types());
  SKEP_TRY(const auto text, btf::print_header(types));
  auto written = provide_vmlinux(job.folder, job.vmlinux, text);
  if (written || !job.is_cache) return written;
  SKEP_CHECK(leave_cache(job, written.error()));
  return provide_vmlinux(job.folder, job.vmlinux, text);
}

void tell(const Job& job, std::string_view what) {
  if (job.options.progress) job.options.progress(what);
}

// vmlinux.h and the source do not agree on a function of the kernel.
bool disagrees_on_functions(const Finished& run) {
  return run.status != 0 && run.errors.find("conflicting types for '") != std::string::npos &&
         run.errors.find("vmlinux.h:") != std::string::npos;
}

// Runs clang; once more when all that it misses is a vmlinux.h not yet printed.
Result<Finished> run_with_vmlinux(Job& job) {
  const auto compiles =
      fmt::format("compile {} with {}", job.source.native(), job.clang.path.filename().native());
  tell(job, compiles);
  SKEP_TRY(auto run, run_command(make_command(job)));
  if (!misses_vmlinux(run) || !job.options.kernel_types) return run;
  tell(job, "print this kernel's types as vmlinux.h");
  if (auto made = make_vmlinux(job); !made) {
    return add_context(std::move(made).error(), "make vmlinux.h for {}", job.source.native());
  }
  tell(job, compiles);
  return run_command(make_command(job));
}

std::unexpected<Error> explain_failure(const Job& job, Finished run) {
  const auto name = job.clang.path.filename().native();
  const auto missing = find_missing(run.errors, job.own_headers.native());
  if (missing) {
    Error error(ErrorKind::invalid_argument,
                fmt::format("compile {}: there is no '{}', which {}:{} includes",
                            job.source.native(), missing->name, missing->file, missing->line));
    for (auto& hint : hints_for(*missing, job.source)) {
      error = std::move(error).hint(std::move(hint));
    }
    return std::unexpected(std::move(error).with_report(std::move(run.errors)));
  }
  const auto why = run.status > 128
                       ? fmt::format("{} was ended by signal {}", name, run.status - 128)
                       : fmt::format("{} refuses it", name);
  return std::unexpected(
      Error(ErrorKind::invalid_argument, fmt::format("compile {}: {}", job.source.native(), why))
          .with_report(std::move(run.errors)));
}

// Once more without the functions that vmlinux.h declares, where they are in the way.
Result<Finished> run_clang(Job& job) {
  SKEP_TRY(auto run, run_with_vmlinux(job));
  if (!disagrees_on_functions(run)) return run;
  job.own_kernel_functions = true;
  SKEP_TRY(auto again, run_command(make_command(job)));
  return again.status == 0 ? std::move(again) : std::move(run);
}

// The headers that clang has read, with their contents; nothing when one of them was written
// while clang ran.
std::optional<Entry> describe(const Job& job, const Finished& run, const timespec& start) {
  Entry entry;
  const auto own = job.own_headers.native() + "/";
  const auto vmlinux = (job.folder.path() / job.vmlinux).native() + "/";
  for (auto& path : parse_depfile(run.extra)) {
    if (path.starts_with(own))
      continue;  // their folder's name, part of the key, says what is in it
    if (path.starts_with(vmlinux)) {
      if (entry.vmlinux.empty()) job.folder.touch(job.vmlinux);
      entry.vmlinux = job.vmlinux;
      continue;
    }
    auto hash = hash_of_file(path, start);
    if (!hash) return std::nullopt;
    entry.read.push_back({std::move(path), *std::move(hash)});
  }
  entry.diagnostics = run.errors;
  entry.object = run.output;
  return entry;
}

// Those that somebody may edit.
std::vector<std::string> headers_of(const Job& job, const Finished& run) {
  auto out = parse_depfile(run.extra);
  const auto vmlinux = (job.folder.path() / job.vmlinux).native() + "/";
  std::erase_if(out, [&](const std::string& path) {
    return path.starts_with(job.own_headers.native()) || path.starts_with(vmlinux);
  });
  return out;
}

// Returns a warning, or nothing.
std::string store(const Job& job, const std::string& key, const Finished& run,
                  const timespec& start) {
  if (!job.is_cache || !job.options.use_cache) return {};
  const auto entry = describe(job, run, start);
  if (!entry) return {};
  if (auto written = job.folder.write(key, encode(*entry)); !written) {
    return warning(written.error());
  }
  job.folder.prune("object-", objects_kept);
  return {};
}

}  // namespace

Result<Compiled> compile_bpf(const fs::path& source, const CompileOptions& options) {
  timespec start{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &start);
  SKEP_TRY(const auto content, read_file(source, largest_source));
  SKEP_TRY(auto job, prepare(source, options));
  const auto key = key_of(job, make_command(job), content);
  if (job.is_cache && options.use_cache) {
    if (auto entry = look_up(job, key)) {
      Compiled out{std::move(entry->object), std::move(entry->diagnostics), true, {}};
      for (auto& header : entry->read) out.read.push_back(std::move(header.path));
      return out;
    }
  }
  SKEP_TRY(auto run, run_clang(job));
  if (run.status != 0 || run.output.empty()) return explain_failure(job, std::move(run));
  const auto trouble = store(job, key, run, start);
  return Compiled{std::move(run.output), run.errors + job.warnings + trouble, false,
                  headers_of(job, run)};
}

}  // namespace skep::compile
