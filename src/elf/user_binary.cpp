#include "elf/user_binary.hpp"

#include <fcntl.h>
#include <gelf.h>

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "base/file.hpp"

namespace skep::elf {
namespace {

constexpr std::uint16_t version_hidden = 0x8000;  // VERSYM_HIDDEN

Bytes bytes_of(const Elf_Data* data) noexcept {
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const std::byte*>(data->d_buf), data->d_size};
}

std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What stands at `at`, up to its NUL or the end.
std::string_view string_in(std::string_view strings, std::uint64_t at) noexcept {
  if (at >= strings.size()) return {};
  const auto rest = strings.substr(at);
  return rest.substr(0, ::strnlen(rest.data(), rest.size()));
}

Elf_Scn* find_section(Elf* elf, std::uint32_t type, GElf_Shdr& header) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type) return section;
  }
  return nullptr;
}

std::string_view strings_of(Elf* elf, const GElf_Shdr& header) {
  Elf_Scn* strings = elf_getscn(elf, header.sh_link);
  return strings != nullptr ? text_of(bytes_of(elf_getdata(strings, nullptr))) : std::string_view();
}

// The versions that are defined here, by the numbers that .gnu.version has for them.
std::vector<std::string_view> version_names(Elf* elf) {
  GElf_Shdr header;
  Elf_Scn* section = find_section(elf, SHT_GNU_verdef, header);
  Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
  if (data == nullptr) return {};
  const auto strings = strings_of(elf, header);
  std::vector<std::string_view> names;
  int offset = 0;
  for (std::uint32_t i = 0; i < header.sh_info; ++i) {
    GElf_Verdef definition;
    GElf_Verdaux name;
    if (gelf_getverdef(data, offset, &definition) == nullptr) break;
    const auto at = static_cast<std::int64_t>(offset) + definition.vd_aux;
    if (at > INT32_MAX || gelf_getverdaux(data, static_cast<int>(at), &name) == nullptr) break;
    const std::size_t index = definition.vd_ndx & ~version_hidden;
    if (index >= names.size()) names.resize(index + 1);
    names[index] = string_in(strings, name.vda_name);
    const auto next = static_cast<std::int64_t>(offset) + definition.vd_next;
    if (definition.vd_next == 0 || next > INT32_MAX) break;
    offset = static_cast<int>(next);
  }
  return names;
}

Rank rank_of(const GElf_Sym& symbol) noexcept {
  switch (GELF_ST_BIND(symbol.st_info)) {
    case STB_LOCAL:
      return Rank::local;
    case STB_WEAK:
      return Rank::weak;
    default:
      return Rank::global;
  }
}

// An old version is reached by its callers only.
Rank lowered(Rank rank) noexcept {
  return rank == Rank::global ? Rank::weak : rank == Rank::weak ? Rank::local : rank;
}

bool is_function(const GElf_Sym& symbol) noexcept {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  return type == STT_FUNC || type == STT_GNU_IFUNC;
}

}  // namespace

void UserBinary::Close::operator()(Elf* elf) const noexcept { elf_end(elf); }

// The linker writes versions into the names of .symtab: "f@VERSION", and "f@@VERSION" for the
// default one. Those of .dynsym stand in .gnu.version.
UserSymbol SymbolTable::symbol_at(int index, std::string_view name) const {
  UserSymbol out{.name = name};
  if (const auto at = name.find('@'); at != std::string_view::npos && at != 0) {
    out.name = name.substr(0, at);
    out.is_old = !name.substr(at).starts_with("@@");
    out.version = name.substr(at + (out.is_old ? 1 : 2));
  }
  GElf_Versym entry = 0;
  if (versions_ != nullptr &&
      gelf_getversym(static_cast<Elf_Data*>(versions_), index, &entry) != nullptr) {
    out.is_old = (entry & version_hidden) != 0;
    const std::size_t number = entry & ~version_hidden;
    if (number > 1 && number < version_names_.size()) out.version = version_names_[number];
  }
  return out;
}

void SymbolTable::each(const Use& use, bool only_functions) const {
  for (int index = 0; index < count_; ++index) {
    GElf_Sym symbol;
    if (gelf_getsym(static_cast<Elf_Data*>(symbols_), index, &symbol) == nullptr) return;
    if (symbol.st_shndx == SHN_UNDEF || (only_functions && !is_function(symbol))) continue;
    const auto name = string_in(strings_, symbol.st_name);
    if (name.empty()) continue;
    UserSymbol out = symbol_at(index, name);
    out.rank = out.is_old ? lowered(rank_of(symbol)) : rank_of(symbol);
    out.is_indirect = GELF_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC;
    out.address = symbol.st_value;
    out.size = symbol.st_size;
    use(out);
  }
}

void SymbolTable::each_function(const Use& use) const { each(use, true); }
void SymbolTable::each_symbol(const Use& use) const { each(use, false); }

Result<UserBinary> UserBinary::open(const std::filesystem::path& path) {
  UserBinary out;
  SKEP_TRY(out.fd_, open_file(path, O_RDONLY | O_NONBLOCK));
  if (elf_version(EV_CURRENT) == EV_NONE) {
    return fail(ErrorKind::system, "libelf is of another version");
  }
  out.elf_.reset(elf_begin(out.fd_.get(), ELF_C_READ, nullptr));
  auto checked = out.check();
  if (!checked) return add_context(std::move(checked).error(), "{}", path.native());
  return out;
}

Result<UserBinary> UserBinary::parse(std::vector<std::byte> bytes) {
  UserBinary out;
  out.bytes_ = std::move(bytes);
  if (elf_version(EV_CURRENT) == EV_NONE) {
    return fail(ErrorKind::system, "libelf is of another version");
  }
  if (!out.bytes_.empty()) {
    out.elf_.reset(elf_memory(reinterpret_cast<char*>(out.bytes_.data()), out.bytes_.size()));
  }
  SKEP_CHECK(out.check());
  return out;
}

Result<void> UserBinary::check() {
  if (!elf_ || elf_kind(elf_.get()) != ELF_K_ELF) {
    return fail(ErrorKind::bad_input, "it is no ELF file");
  }
  GElf_Ehdr header;
  if (gelf_getehdr(elf_.get(), &header) == nullptr) {
    return fail(ErrorKind::bad_input, "its ELF header is malformed: {}", elf_errmsg(-1));
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return fail(ErrorKind::bad_input, "it is neither an executable nor a shared library");
  }
  machine_ = header.e_machine;
  is_fixed_ = header.e_type == ET_EXEC;
  is_64_bit_ = header.e_ident[EI_CLASS] == ELFCLASS64;
  is_little_endian_ = header.e_ident[EI_DATA] == ELFDATA2LSB;
  return {};
}

std::optional<std::uint64_t> UserBinary::offset_of(std::uint64_t address) const {
  std::size_t count = 0;
  if (elf_getphdrnum(elf_.get(), &count) != 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr part;
    if (gelf_getphdr(elf_.get(), static_cast<int>(i), &part) == nullptr) return std::nullopt;
    if (part.p_type != PT_LOAD || address < part.p_vaddr) continue;
    if (address - part.p_vaddr < part.p_filesz) return address - part.p_vaddr + part.p_offset;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> UserBinary::code_address_of(std::uint64_t offset) const {
  std::size_t count = 0;
  if (elf_getphdrnum(elf_.get(), &count) != 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr part;
    if (gelf_getphdr(elf_.get(), static_cast<int>(i), &part) == nullptr) return std::nullopt;
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0 || offset < part.p_offset) continue;
    if (offset - part.p_offset < part.p_filesz) return offset - part.p_offset + part.p_vaddr;
  }
  return std::nullopt;
}

std::optional<UserBinary::Section> UserBinary::section(std::string_view name) const {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf_.get(), &names) != 0) return std::nullopt;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type == SHT_NOBITS) continue;
    const char* text = elf_strptr(elf_.get(), names, header.sh_name);
    if (text == nullptr || name != text) continue;
    const auto data = bytes_of(elf_rawdata(section, nullptr));
    if (data.empty()) return std::nullopt;
    return Section{.data = data, .address = header.sh_addr};
  }
  return std::nullopt;
}

std::optional<SymbolTable> UserBinary::table(std::uint32_t type) const {
  GElf_Shdr header;
  Elf_Scn* section = find_section(elf_.get(), type, header);
  if (section == nullptr || header.sh_entsize == 0) return std::nullopt;
  SymbolTable out;
  Elf_Data* data = elf_getdata(section, nullptr);
  out.strings_ = strings_of(elf_.get(), header);
  if (bytes_of(data).empty() || out.strings_.empty()) return std::nullopt;
  out.symbols_ = data;
  out.count_ = static_cast<int>(
      std::min<std::uint64_t>(data->d_size / header.sh_entsize, std::uint64_t{INT32_MAX}));
  if (type != SHT_DYNSYM) return out;
  if (Elf_Scn* versions = find_section(elf_.get(), SHT_GNU_versym, header)) {
    Elf_Data* entries = elf_getdata(versions, nullptr);
    if (!bytes_of(entries).empty()) out.versions_ = entries;
    out.version_names_ = version_names(elf_.get());
  }
  return out;
}

std::optional<SymbolTable> UserBinary::symbols() const { return table(SHT_SYMTAB); }
std::optional<SymbolTable> UserBinary::dynamic_symbols() const { return table(SHT_DYNSYM); }

Bytes UserBinary::build_id() const {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf_.get(), section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_NOTE) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (bytes_of(data).empty()) continue;
    GElf_Nhdr note;
    std::size_t name = 0, content = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &content)) > 0;) {
      const auto bytes = bytes_of(data);
      if (note.n_type != NT_GNU_BUILD_ID || string_at(bytes, name) != "GNU") continue;
      return slice(bytes, content, note.n_descsz).value_or(Bytes());
    }
  }
  return {};
}

}  // namespace skep::elf
