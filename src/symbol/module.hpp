// symbol/module.hpp: the functions of one executable or shared library, by address.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "elf/user_binary.hpp"
#include "skep/symbol.hpp"
#include "symbol/lines.hpp"

namespace skep::symbol {

class Module {
 public:
  // `path` is where the file says its separate file of symbols lies beside; may be empty.
  Module(elf::UserBinary binary, const std::filesystem::path& path,
         const UserSymbols::Options& options);

  // The functions at byte `offset` of the file: inlined ones first; at least one frame, whose
  // `offset` is that of the byte. Addresses and module are left to the caller. Kept for the next
  // time.
  [[nodiscard]] const std::vector<Frame>& find(std::uint64_t offset);

  [[nodiscard]] Bytes build_id() const { return binary_.build_id(); }

 private:
  struct Function {
    std::uint64_t address = 0, size = 0;
    std::string name;
    elf::Rank rank = elf::Rank::none;
  };
  void add(const std::optional<elf::SymbolTable>& table);
  void index();
  [[nodiscard]] const Function* function_at(std::uint64_t address) const noexcept;
  [[nodiscard]] std::vector<Frame> look_up(std::uint64_t offset) const;

  elf::UserBinary binary_;
  std::optional<elf::UserBinary> debug_;  // its separate file
  std::vector<Function> functions_;       // by address, each once
  std::optional<Lines> lines_;            // borrows from one of the binaries
  std::unordered_map<std::uint64_t, std::vector<Frame>> known_;
};

}  // namespace skep::symbol
