#include "symbol/modules.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace skep::symbol {
namespace {

constexpr std::uint64_t largest_vdso = 1 << 20;

// This process's own.
std::vector<std::byte> vdso_bytes() {
  const auto mappings = read_mappings(::getpid());
  if (!mappings) return {};
  const auto found = std::ranges::find(*mappings, "[vdso]", &Mapping::path);
  if (found == mappings->end() || found->end - found->start > largest_vdso) return {};
  const auto* start = reinterpret_cast<const std::byte*>(found->start);  // NOLINT
  return {start, start + (found->end - found->start)};
}

}  // namespace

std::shared_ptr<MappedFile> Modules::file_of(pid_t pid, const Mapping& mapping) {
  Fd fd = open_mapped(pid, mapping);
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return nullptr;
  const Key key{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
  auto& file = files_[key];
  if (!file) file = std::make_shared<MappedFile>(std::move(fd));
  return file;
}

Module* Modules::module_of(MappedFile& file, const std::string& path) {
  if (file.was_read_) return file.module_.get();
  file.was_read_ = true;
  auto binary = elf::UserBinary::open(fmt::format("/proc/self/fd/{}", file.fd_.get()));
  file.fd_.reset();
  if (!binary) return nullptr;
  const Bytes id = binary->build_id();
  if (id.empty()) {
    file.module_ = std::make_shared<Module>(*std::move(binary), path, options_);
    return file.module_.get();
  }
  auto& shared = by_build_id_[{id.begin(), id.end()}];
  if (!shared) shared = std::make_shared<Module>(*std::move(binary), path, options_);
  file.module_ = shared;
  return shared.get();
}

Module* Modules::vdso() {
  if (vdso_was_read_) return vdso_.get();
  vdso_was_read_ = true;
  auto binary = elf::UserBinary::parse(vdso_bytes());
  if (binary) vdso_ = std::make_unique<Module>(*std::move(binary), "", options_);
  return vdso_.get();
}

}  // namespace skep::symbol
