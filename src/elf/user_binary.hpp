// elf/user_binary.hpp: an executable or shared library of user space, through libelf: its segments,
// its sections, the functions that its symbol tables name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "skep/fd.hpp"
#include "skep/result.hpp"

struct Elf;

namespace skep::elf {

// How much a symbol is the one that callers reach under its name.
enum class Rank : std::uint8_t { none, local, weak, global };

struct UserSymbol {
  std::string_view name;     // without its version
  std::string_view version;  // "GLIBC_2.34"; empty: it has none
  bool is_old = false;  // kept for programs that were linked with that version ("name@VERSION")
  Rank rank = Rank::none;
  bool is_indirect = false;  // IFUNC: at its address stands the code that picks the function
  std::uint64_t address = 0;
  std::uint64_t size = 0;  // bytes; 0: its author did not say
};

// One symbol table. Borrows from its UserBinary.
class SymbolTable {
 public:
  using Use = std::function<void(const UserSymbol&)>;
  // Every function that is defined here.
  void each_function(const Use& use) const;
  // Every symbol with an address: functions, variables, marks of the assembler.
  void each_symbol(const Use& use) const;

 private:
  friend class UserBinary;
  void each(const Use& use, bool only_functions) const;
  [[nodiscard]] UserSymbol symbol_at(int index, std::string_view name) const;

  void* symbols_ = nullptr;   // Elf_Data
  void* versions_ = nullptr;  // Elf_Data of .gnu.version, or none
  int count_ = 0;
  std::string_view strings_;
  std::vector<std::string_view> version_names_;  // by their index
};

// Everything read is checked against the size of its section. Move-only.
class UserBinary {
 public:
  // Errors: bad_input for what is neither an executable nor a shared library, errno.
  static Result<UserBinary> open(const std::filesystem::path& path);
  // The same of a file in memory.
  static Result<UserBinary> parse(std::vector<std::byte> bytes);

  [[nodiscard]] std::uint16_t machine() const noexcept { return machine_; }  // EM_*
  [[nodiscard]] bool is_64_bit() const noexcept { return is_64_bit_; }
  [[nodiscard]] bool is_little_endian() const noexcept { return is_little_endian_; }
  // Loaded where its addresses say (ET_EXEC), not anywhere.
  [[nodiscard]] bool is_fixed() const noexcept { return is_fixed_; }

  // Where the byte that is loaded at `address` stands in the file, by the program headers: sections
  // may be missing, or tell otherwise. Nothing for what no segment loads from the file.
  [[nodiscard]] std::optional<std::uint64_t> offset_of(std::uint64_t address) const;

  // The other way round, for code: nothing for a byte that no segment maps executable.
  [[nodiscard]] std::optional<std::uint64_t> code_address_of(std::uint64_t offset) const;

  struct Section {
    Bytes data;
    std::uint64_t address = 0;
  };
  // The first one of that name; nothing also for one that has no bytes in the file.
  [[nodiscard]] std::optional<Section> section(std::string_view name) const;

  [[nodiscard]] std::optional<SymbolTable> symbols() const;          // .symtab
  [[nodiscard]] std::optional<SymbolTable> dynamic_symbols() const;  // .dynsym

  // The bytes of the build id; empty when there is none.
  [[nodiscard]] Bytes build_id() const;

  // For libdw; it stays ours.
  [[nodiscard]] ::Elf* handle() const noexcept { return elf_.get(); }

 private:
  struct Close {
    void operator()(Elf* elf) const noexcept;
  };
  UserBinary() = default;
  [[nodiscard]] Result<void> check();
  [[nodiscard]] std::optional<SymbolTable> table(std::uint32_t type) const;

  Fd fd_;
  std::vector<std::byte> bytes_;
  std::unique_ptr<Elf, Close> elf_;
  std::uint16_t machine_ = 0;
  bool is_64_bit_ = false, is_little_endian_ = false, is_fixed_ = false;
};

}  // namespace skep::elf
