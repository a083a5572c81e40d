#include "elf/section.hpp"

#include <gelf.h>

#include <cstring>
#include <memory>

#include "base/error.hpp"

namespace skep::elf {
namespace {

struct CloseElf {
  void operator()(Elf* elf) const noexcept { elf_end(elf); }
};

std::unexpected<Error> damaged() {
  return fail(ErrorKind::bad_input, "the ELF file is damaged: {}", elf_errmsg(-1));
}

}  // namespace

bool is_elf(std::span<const std::byte> file) noexcept {
  return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

Result<std::optional<std::vector<std::byte>>> read_section(std::span<const std::byte> file,
                                                           std::string_view name) {
  elf_version(EV_CURRENT);
  // libelf wants memory that it might write to; without ELF_C_WRITE it does not.
  auto* start = reinterpret_cast<char*>(const_cast<std::byte*>(file.data()));
  const std::unique_ptr<Elf, CloseElf> elf(elf_memory(start, file.size()));
  std::size_t names = 0;
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF || elf_getshdrstrndx(elf.get(), &names) != 0) {
    return damaged();
  }
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) return damaged();
    const char* own = elf_strptr(elf.get(), names, header.sh_name);
    if (own == nullptr || own != name) continue;
    if (header.sh_type == SHT_NOBITS) break;
    const Elf_Data* data = elf_rawdata(section, nullptr);
    if (data == nullptr) return damaged();
    const auto* bytes = static_cast<const std::byte*>(data->d_buf);
    return std::vector<std::byte>(bytes, bytes + data->d_size);
  }
  return std::optional<std::vector<std::byte>>();
}

}  // namespace skep::elf
