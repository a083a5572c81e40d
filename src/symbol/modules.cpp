#include "symbol/modules.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/hash.hpp"

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

// By which files with the same symbols are known; empty without a build id.
std::vector<std::byte> content_of(const Fd& fd, const elf::UserBinary& binary) {
  struct stat info{};
  const Bytes id = binary.build_id();
  if (id.empty() || ::fstat(fd.get(), &info) != 0) return {};
  std::vector<std::byte> out(id.begin(), id.end());
  const auto add = [&out](std::uint64_t number) {
    const auto bytes = std::as_bytes(std::span(&number, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  add(info.st_uid);
  add(static_cast<std::uint64_t>(info.st_size));
  for (const char* name : {".symtab", ".strtab", ".dynsym", ".dynstr", ".gnu_debugdata"}) {
    const auto section = binary.section(name);
    add(section ? checksum_of(section->data) : 0);
  }
  return out;
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
  const auto content = content_of(fd, *binary);
  std::shared_ptr<Module> own;
  auto& shared = content.empty() ? own : by_content_[content];
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
