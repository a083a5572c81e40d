#include "symbol/modules.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
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

std::optional<FileKey> key_of(const Fd& fd) {
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return std::nullopt;
  return FileKey{info.st_dev, info.st_ino, static_cast<std::uint64_t>(info.st_size),
                 info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

}  // namespace

Modules::Modules(UserSymbols::Options options) : options_(std::move(options)) {
  rlimit limit{};
  const bool is_known = ::getrlimit(RLIMIT_NOFILE, &limit) == 0;
  most_open_ = std::clamp<std::size_t>(is_known ? limit.rlim_cur / 4 : 64, 16, 4096);
}

std::shared_ptr<MappedFile> Modules::file_of(pid_t pid, const Mapping& mapping) {
  Fd fd = open_mapped(pid, mapping);
  const auto key = key_of(fd);
  if (!key) return nullptr;
  auto& file = files_[*key];
  if (file) return file;
  file = std::make_shared<MappedFile>();
  file->key_ = *key;
  if (open_ < most_open_) {
    file->fd_ = std::move(fd);
    ++open_;
  }
  return file;
}

std::shared_ptr<Module> Modules::read(Fd fd, const std::string& path) {
  auto binary = elf::UserBinary::open(fmt::format("/proc/self/fd/{}", fd.get()));
  if (!binary || read_ >= most_open_) return nullptr;
  const Bytes id = binary->build_id();
  std::shared_ptr<Module> own;
  auto& shared = id.empty() ? own : by_build_id_[{id.begin(), id.end()}];
  if (shared) return shared;
  ++read_;
  return shared = std::make_shared<Module>(*std::move(binary), path, options_);
}

Module* Modules::module_of(MappedFile& file, const std::string& path) {
  if (file.was_read_) return file.module_.get();
  file.was_read_ = true;
  Fd fd = std::move(file.fd_);
  if (fd) {
    --open_;
  } else {  // it was one too many: its path may lead there, too
    fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (key_of(fd) != file.key_) return nullptr;
  }
  file.module_ = read(std::move(fd), path);
  return file.module_.get();
}

Module* Modules::vdso() {
  if (vdso_was_read_) return vdso_.get();
  vdso_was_read_ = true;
  auto binary = elf::UserBinary::parse(vdso_bytes());
  if (binary) vdso_ = std::make_unique<Module>(*std::move(binary), "", options_);
  return vdso_.get();
}

}  // namespace skep::symbol
