#include "elf/symbols.hpp"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <gelf.h>

#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "elf/nearest.hpp"

namespace skep::elf {
namespace {

struct CloseElf {
  void operator()(Elf* elf) const noexcept { elf_end(elf); }
};
using Handle = std::unique_ptr<Elf, CloseElf>;

// How much a symbol is the one that callers reach under its name.
enum class Rank : std::uint8_t { none, local, weak, global };

struct Match {
  std::uint64_t address = 0;
  Rank rank = Rank::none;
  bool is_indirect = false;  // IFUNC: the address is that of the code that picks the function
  std::vector<std::uint64_t> others;  // different addresses of the same rank
};

Rank rank_of(const GElf_Sym& symbol, bool hidden_version) noexcept {
  switch (GELF_ST_BIND(symbol.st_info)) {
    case STB_LOCAL:
      return Rank::local;
    case STB_WEAK:
      return hidden_version ? Rank::local : Rank::weak;
    default:
      return hidden_version ? Rank::weak : Rank::global;
  }
}

bool is_function(const GElf_Sym& symbol) noexcept {
  const auto type = GELF_ST_TYPE(symbol.st_info);
  return (type == STT_FUNC || type == STT_GNU_IFUNC) && symbol.st_shndx != SHN_UNDEF;
}

// The first section of that type, and its data.
struct Table {
  GElf_Shdr header{};
  Elf_Data* data = nullptr;
};

std::optional<Table> find_table(Elf* elf, std::uint32_t type) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    Table table;
    if (gelf_getshdr(section, &table.header) == nullptr || table.header.sh_type != type) continue;
    table.data = elf_getdata(section, nullptr);
    if (table.data == nullptr || table.data->d_buf == nullptr) return std::nullopt;
    return table;
  }
  return std::nullopt;
}

// One symbol table with its strings.
class Symbols {
 public:
  static std::optional<Symbols> open(Elf* elf, std::uint32_t type) {
    const auto table = find_table(elf, type);
    if (!table || table->header.sh_entsize == 0) return std::nullopt;
    Elf_Scn* strings = elf_getscn(elf, table->header.sh_link);
    Elf_Data* text = strings != nullptr ? elf_getdata(strings, nullptr) : nullptr;
    if (text == nullptr || text->d_buf == nullptr) return std::nullopt;
    Symbols out;
    out.symbols_ = table->data;
    out.count_ = static_cast<int>(table->data->d_size / table->header.sh_entsize);
    out.strings_ = {static_cast<const char*>(text->d_buf), text->d_size};
    if (type == SHT_DYNSYM) {
      if (const auto versions = find_table(elf, SHT_GNU_versym)) out.versions_ = versions->data;
    }
    return out;
  }

  // Calls use(name, symbol, index) for every function that is defined here.
  template <typename Use>
  void each_function(Use use) const {
    for (int index = 0; index < count_; ++index) {
      GElf_Sym symbol;
      if (gelf_getsym(symbols_, index, &symbol) == nullptr) return;
      if (!is_function(symbol) || symbol.st_name >= strings_.size()) continue;
      const auto rest = strings_.substr(symbol.st_name);
      use(rest.substr(0, ::strnlen(rest.data(), rest.size())), symbol, index);
    }
  }

  // Whether it is an old version, kept for programs that were linked with it ("memcpy@GLIBC_2.2").
  [[nodiscard]] bool hidden(int index) const {
    GElf_Versym version = 0;
    if (versions_ == nullptr || gelf_getversym(versions_, index, &version) == nullptr) {
      return false;
    }
    return (version & 0x8000) != 0;  // VERSYM_HIDDEN
  }

 private:
  Elf_Data* symbols_ = nullptr;
  Elf_Data* versions_ = nullptr;
  int count_ = 0;
  std::string_view strings_;
};

Match find(const Symbols& symbols, std::string_view wanted) {
  Match match;
  symbols.each_function([&](std::string_view name, const GElf_Sym& symbol, int index) {
    if (name != wanted) return;
    const Rank rank = rank_of(symbol, symbols.hidden(index));
    if (rank > match.rank) {
      match = {symbol.st_value, rank, GELF_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC, {}};
    }
    if (rank == match.rank && symbol.st_value != match.address) {
      match.others.push_back(symbol.st_value);
    }
  });
  return match;
}

// Where the byte that is loaded at `address` stands in the file.
std::optional<std::uint64_t> offset_of(Elf* elf, std::uint64_t address) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr part;
    if (gelf_getphdr(elf, static_cast<int>(i), &part) == nullptr) return std::nullopt;
    if (part.p_type != PT_LOAD || address < part.p_vaddr) continue;
    if (address - part.p_vaddr < part.p_filesz) return address - part.p_vaddr + part.p_offset;
  }
  return std::nullopt;
}

Result<Handle> open_binary(const Fd& fd) {
  if (elf_version(EV_CURRENT) == EV_NONE) {
    return fail(ErrorKind::system, "libelf is of another version");
  }
  Handle elf(elf_begin(fd.get(), ELF_C_READ, nullptr));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) {
    return fail(ErrorKind::bad_input, "it is no ELF file");
  }
  GElf_Ehdr header;
  if (gelf_getehdr(elf.get(), &header) == nullptr) {
    return fail(ErrorKind::bad_input, "its ELF header is malformed: {}", elf_errmsg(-1));
  }
  if (header.e_type != ET_EXEC && header.e_type != ET_DYN) {
    return fail(ErrorKind::bad_input, "it is neither an executable nor a shared library");
  }
  return elf;
}

Result<std::uint64_t> unknown(std::string_view symbol, const std::vector<Symbols>& tables) {
  Nearest nearest(symbol);
  std::size_t count = 0;
  for (const auto& table : tables) {
    table.each_function([&](std::string_view name, auto&&...) {
      nearest.offer(name);
      ++count;
    });
  }
  if (count == 0) {
    Error error(ErrorKind::not_found, fmt::format("no function '{}': it has no symbols", symbol));
    return std::unexpected(std::move(error).hint("It is stripped: give an address instead."));
  }
  Error error(ErrorKind::not_found, fmt::format("no function '{}'", symbol));
  const auto names = nearest.names();
  if (names.empty()) return std::unexpected(std::move(error));
  return std::unexpected(std::move(error).hint(fmt::format("It has: {}.", fmt::join(names, ", "))));
}

Result<void> check_usable(const Match& match, std::string_view symbol) {
  if (!match.others.empty()) {
    return fail(ErrorKind::invalid_argument, "{} functions are called '{}', at {:#x} and {:#x}",
                match.others.size() + 1, symbol, match.address, match.others.front());
  }
  if (match.is_indirect) {
    Error error(ErrorKind::unsupported,
                fmt::format("'{}' is picked among several functions at run time (IFUNC)", symbol));
    return std::unexpected(std::move(error).hint("Name the one that this machine uses."));
  }
  return {};
}

Result<std::uint64_t> find_offset(Elf* elf, std::string_view symbol) {
  std::vector<Symbols> tables;
  for (const std::uint32_t type : {SHT_SYMTAB, SHT_DYNSYM}) {
    const auto table = Symbols::open(elf, type);
    if (!table) continue;
    tables.push_back(*table);
    const Match match = find(*table, symbol);
    if (match.rank == Rank::none) continue;
    SKEP_CHECK(check_usable(match, symbol));
    const auto offset = offset_of(elf, match.address);
    if (!offset) {
      return fail(ErrorKind::bad_input, "function '{}' at {:#x} is in no loaded segment", symbol,
                  match.address);
    }
    return *offset;
  }
  return unknown(symbol, tables);
}

}  // namespace

Result<std::uint64_t> file_offset_of(const std::filesystem::path& binary, std::string_view symbol) {
  SKEP_TRY(const auto fd, open_file(binary, O_RDONLY | O_NONBLOCK));
  auto elf = open_binary(fd);
  if (!elf) return add_context(std::move(elf).error(), "{}", binary.native());
  auto offset = find_offset(elf->get(), symbol);
  if (!offset) return add_context(std::move(offset).error(), "{}", binary.native());
  return offset;
}

}  // namespace skep::elf
