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
  file->path_ = mapping.path;
  struct stat info{};
  const bool is_known = ::fstat(fd.get(), &info) == 0;
  file->is_trusted_ = is_known && (info.st_uid == 0 || info.st_uid == ::geteuid());
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
  if (options_.progress) options_.progress("read the symbols of " + path);
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

// Of a file that is not read yet, its notes alone are.
Bytes Modules::build_id_of(MappedFile& file) {
  if (file.module_) return file.module_->build_id();
  if (!file.build_id_) {
    file.build_id_.emplace();
    auto binary = file.fd_ ? elf::UserBinary::open(fmt::format("/proc/self/fd/{}", file.fd_.get()))
                           : elf::UserBinary::open(file.path_);
    if (binary) file.build_id_->assign(binary->build_id().begin(), binary->build_id().end());
  }
  return *file.build_id_;
}

bool Modules::is(MappedFile& file, Bytes build_id) {
  return std::ranges::equal(build_id_of(file), build_id);
}

Build Modules::look_elsewhere(Bytes build_id) {
  for (const auto& [key, file] : files_) {
    if (file && file->is_trusted_ && is(*file, build_id)) {
      return {module_of(*file, file->path_), file->path_};
    }
  }
  Module* own = vdso();
  if (own != nullptr && std::ranges::equal(own->build_id(), build_id)) return {own, "[vdso]"};
  std::string name;
  for (const auto byte : build_id) name += fmt::format("{:02x}", static_cast<unsigned>(byte));
  const auto path = fmt::format("/usr/lib/.build-id/{}/{}", name.substr(0, 2), name.substr(2));
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return {};
  const auto module = read(std::move(fd), path);
  if (!module || !std::ranges::equal(module->build_id(), build_id)) return {};
  kept_.push_back(module);
  return {module.get(), path};
}

Build Modules::find_build(std::span<const std::shared_ptr<MappedFile>> own, Bytes build_id) {
  if (build_id.size() < 2) return {};
  for (const auto& file : own) {
    if (file && is(*file, build_id)) return {module_of(*file, file->path_), file->path_};
  }
  std::vector<std::byte> key(build_id.begin(), build_id.end());
  const auto known = builds_.find(key);
  if (known != builds_.end()) return known->second;
  auto found = look_elsewhere(build_id);
  if (found.module != nullptr) builds_.emplace(std::move(key), found);
  return found;
}

Module* Modules::vdso() {
  if (vdso_was_read_) return vdso_.get();
  vdso_was_read_ = true;
  auto binary = elf::UserBinary::parse(vdso_bytes());
  if (binary) vdso_ = std::make_unique<Module>(*std::move(binary), "", options_);
  return vdso_.get();
}

}  // namespace skep::symbol
