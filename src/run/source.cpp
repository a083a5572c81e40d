#include "run/source.hpp"

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "compile/compile.hpp"
#include "dwarf/local_variables.hpp"
#include "kernel/host.hpp"
#include "run/target.hpp"
#include "run/tools.hpp"

namespace skep::run {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{64} << 20;  // of an object

bool is_source_file(std::string_view name) { return name.ends_with(".c"); }

bool looks_like_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.find('.') != std::string_view::npos;
}

std::string object_name(const std::string& path) {
  const auto file = std::filesystem::path(path).filename().string();
  return file.substr(0, file.find('.'));
}

// They only help to name records: an object whose DWARF cannot be read does without.
btf::LocalVariables locals_of(std::span<const std::byte> object) {
  return dwarf::read_local_variables(object).value_or(btf::LocalVariables{});
}

// What stands beside the object goes into `out`.
Result<compile::Compiled> compile_file(const std::string& name, const SourceOptions& options,
                                       Source& out) {
  auto& sys = kernel::real_syscalls();
  if (!options.types.empty()) {
    SKEP_TRY(out.kernel_types, read_target_types(options.types));
    out.is_other_kernel = true;
  }
  compile::CompileOptions how{.flags = options.flags,
                              .progress = options.progress,
                              .use_cache = options.use_cache,
                              .colour = options.colour};
  how.kernel_types = [&]() -> Result<Btf> {
    if (!out.kernel_types) {
      SKEP_TRY(out.kernel_types, kernel::read_kernel_types(sys));
    }
    return *out.kernel_types;
  };
  if (out.kernel_types) {
    how.kernel_build_id = hash_of(out.kernel_types->bytes());
  } else {
    SKEP_TRY(how.kernel_build_id, kernel::kernel_build_id(sys));
  }
  return compile::compile_bpf(name, how);
}

Result<Source> compile_source(const std::string& name, const SourceOptions& options) {
  Source out;
  SKEP_TRY(auto compiled, compile_file(name, options, out));
  out.diagnostics = std::move(compiled.diagnostics);
  out.files = std::move(compiled.read);
  auto spec = ObjectSpec::parse(compiled.object, object_name(name));
  if (!spec) return add_context(std::move(spec).error(), "{}", name);
  out.spec = *std::move(spec);
  out.description = description_of(compiled.object);
  out.locals = locals_of(compiled.object);
  return out;
}

Result<Source> open_tool(const std::string& name) {
  const auto tool = find_tool(name);
  if (!tool) {
    std::vector<std::string> names;
    for (const auto& known : packaged_tools()) names.emplace_back(known.name);
    Error error(ErrorKind::not_found, fmt::format("there is no file and no tool '{}'", name));
    if (const auto near = nearest(name, names)) {
      error = std::move(error).hint(fmt::format("Did you mean {}?", *near));
    }
    return std::unexpected(std::move(error).hint("`skep tools` lists the tools."));
  }
  Source out{.description = std::string(tool->description)};
  SKEP_TRY(out.spec, ObjectSpec::parse(tool->object, tool->name));
  return out;
}

}  // namespace

Result<std::vector<std::byte>> read_object(const std::string& name, const SourceOptions& options,
                                           std::string& diagnostics) {
  if (!is_source_file(name)) return read_file(name, most_bytes);
  Source unused;
  SKEP_TRY(auto compiled, compile_file(name, options, unused));
  diagnostics = std::move(compiled.diagnostics);
  return std::move(compiled.object);
}

Result<Source> open_source(const std::string& name, const SourceOptions& options) {
  if (is_source_file(name)) return compile_source(name, options);
  std::error_code ignored;
  Source out;
  if (looks_like_path(name) || std::filesystem::exists(name, ignored)) {
    SKEP_TRY(out.spec, ObjectSpec::open(name));
    SKEP_TRY(const auto bytes, read_file(name, most_bytes));
    out.description = description_of(bytes);
    out.locals = locals_of(bytes);
    out.files = {name};
  } else {
    SKEP_TRY(out, open_tool(name));
  }
  if (!options.types.empty()) {
    SKEP_TRY(out.kernel_types, read_target_types(options.types));
    out.is_other_kernel = true;
  }
  return out;
}

}  // namespace skep::run
