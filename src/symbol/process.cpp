#include "symbol/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace skep::symbol {
namespace {

constexpr std::size_t most_images = 4;
constexpr std::uint64_t largest_perf_map = 256 << 20;

// Of a file of symbols that anybody may put there, only the process's own and root's is believed.
bool is_owned_by(const Fd& fd, uid_t owner) {
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  return info.st_uid == owner || info.st_uid == 0;
}

// exec(2) leaves no file where it was, unless addresses are not random.
bool have_a_file_in_common(const std::vector<Mapping>& some, const std::vector<Mapping>& others) {
  return std::ranges::any_of(some, [&](const Mapping& mapping) {
    return mapping.inode != 0 && std::ranges::find(others, mapping) != others.end();
  });
}

}  // namespace

bool Process::refresh(Modules& modules, std::chrono::milliseconds moment) {
  const auto now = Clock::now();
  if (looked_ && now - *looked_ < moment) return is_alive_;
  looked_ = now;
  const auto identity = identify(pid_);
  auto mappings = read_mappings(pid_);
  is_alive_ = identity && mappings && !mappings->empty();
  is_closed_ = identity && !mappings;
  if (!is_alive_) return false;
  Image* last = images_.empty() ? nullptr : &images_.back();
  if (last != nullptr && last->identity == *identity && last->mappings == *mappings) return true;
  Image fresh{.identity = *identity, .compiled = {}, .mappings = *std::move(mappings), .files = {}};
  const bool is_same_program = last != nullptr && last->identity == *identity &&
                               have_a_file_in_common(last->mappings, fresh.mappings);
  fresh.compiled = is_same_program ? last->compiled : std::make_shared<Compiled>();
  for (const Mapping& mapping : fresh.mappings) {
    std::shared_ptr<MappedFile> file;
    if (last != nullptr) {  // what is where it was is not opened again
      const auto known = std::ranges::find(last->mappings, mapping);
      if (known != last->mappings.end()) file = last->files[known - last->mappings.begin()];
    }
    if (!file && mapping.inode != 0) file = modules.file_of(pid_, mapping);
    fresh.files.push_back(std::move(file));
  }
  if (images_.size() == most_images) images_.erase(images_.begin());
  images_.push_back(std::move(fresh));
  return true;
}

void Process::read_perf_map() {
  const Identity& who = images_.back().identity;
  Compiled& compiled = *images_.back().compiled;
  const auto path = fmt::format("/tmp/perf-{}.map", who.own_pid);
  Fd fd;
  if (is_alive_) {
    fd = open_in_root(pid_, path);
  } else if (who.is_in_our_mounts) {
    fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  }
  const auto file = key_of(fd);
  if (!is_owned_by(fd, who.owner) || file == compiled.file) return;
  compiled.file = file;
  compiled.names = std::make_unique<PerfMap>(read_all(fd, largest_perf_map));
}

const PerfMap::Entry* Process::find_compiled(const Image& image, std::uint64_t address) {
  const auto& names = image.compiled->names;
  const auto* found = names ? names->find(address) : nullptr;
  if (found != nullptr || image.compiled != images_.back().compiled) return found;
  read_perf_map();
  return names ? names->find(address) : nullptr;
}

std::vector<Frame> Process::find_in(Modules& modules, const Image& image, const Mapping& mapping,
                                    std::uint64_t looked_for) {
  const auto index = static_cast<std::size_t>(&mapping - image.mappings.data());
  const std::uint64_t offset = looked_for - mapping.start + mapping.offset;
  std::vector<Frame> out;
  Module* module = nullptr;
  if (mapping.path == "[vdso]") {
    module = modules.vdso();
  } else if (image.files[index]) {
    module = modules.module_of(*image.files[index], mapping.path);
  }
  if (module != nullptr) out = module->find(offset);
  if (out.empty()) {
    out.emplace_back().why = mapping.inode != 0 ? "its file cannot be read" : "no file behind it";
  }
  for (Frame& frame : out) {
    frame.module = mapping.path;
    frame.module_offset = offset;
  }
  if (!out.back().function.empty()) return out;
  if (const auto* compiled = find_compiled(image, looked_for)) {
    out.resize(1);
    out[0] = {.function = demangle(compiled->name), .offset = looked_for - compiled->start};
    out[0].module = "[jit]";
  }
  return out;
}

std::vector<Frame> Process::find(Modules& modules, std::uint64_t address,
                                 std::uint64_t looked_for) {
  const auto look = [&]() -> std::vector<Frame> {
    for (std::size_t i = images_.size(); i-- > 0;) {
      const Mapping* mapping = find_mapping(images_[i].mappings, looked_for);
      if (mapping != nullptr) return find_in(modules, images_[i], *mapping, looked_for);
    }
    return {};
  };
  auto out = look();
  if (out.empty() && refresh(modules, std::chrono::milliseconds(10))) out = look();
  if (out.empty()) {
    out.emplace_back().why = is_alive_    ? "not mapped"
                             : is_closed_ ? "its mappings may not be read"
                                          : "exited";
  }
  for (Frame& frame : out) frame.address = address;
  out.back().offset += address - looked_for;
  out.back().module_offset += address - looked_for;
  return out;
}

}  // namespace skep::symbol
