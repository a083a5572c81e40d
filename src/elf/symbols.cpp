#include "elf/symbols.hpp"

#include <fmt/ranges.h>
#include <fnmatch.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "elf/demangle.hpp"
#include "elf/indirect.hpp"
#include "elf/nearest.hpp"

namespace skep::elf {
namespace {

// What somebody typed.
struct Wanted {
  std::string_view text;
  std::string_view name;     // without the version
  std::string_view version;  // "f@V1", "f@@V2"
  bool is_default = false;   // @@
  bool is_pattern = false;
  bool like_cpp = false;  // holds what only C++ names do

  explicit Wanted(std::string_view asked) : text(asked), name(asked) {
    is_pattern = elf::is_pattern(asked);
    like_cpp = asked.find("::") != std::string_view::npos || asked.find('(') != asked.npos;
    const auto at = like_cpp ? asked.npos : asked.find('@');
    if (at == asked.npos || at == 0) return;
    name = asked.substr(0, at);
    is_default = asked.substr(at).starts_with("@@");
    version = asked.substr(at + (is_default ? 2 : 1));
  }
};

bool is_exactly(const UserSymbol& symbol, const Wanted& wanted) {
  if (symbol.name != wanted.name) return false;
  if (wanted.version.empty()) return true;
  return symbol.version == wanted.version && !(wanted.is_default && symbol.is_old);
}

bool is_cpp_name(const UserSymbol& symbol, const Wanted& wanted) {
  const auto name = demangle(symbol.name);
  return name && is_named(*name, wanted.name);
}

bool matches_pattern(const UserSymbol& symbol, const Wanted& wanted) {
  const std::string pattern(wanted.name);
  if (!wanted.version.empty() && symbol.version != wanted.version) return false;
  if (::fnmatch(pattern.c_str(), std::string(symbol.name).c_str(), 0) == 0) return true;
  if (!wanted.like_cpp) return false;
  const auto name = demangle(symbol.name);
  if (!name) return false;
  return ::fnmatch(pattern.c_str(), name->c_str(), 0) == 0 ||
         ::fnmatch(pattern.c_str(), std::string(only_name(*name)).c_str(), 0) == 0;
}

struct Match {
  std::string name, version;
  Rank rank = Rank::none;
  bool is_indirect = false;
  std::uint64_t address = 0;
};

using Matches = std::vector<Match>;  // each address once

template <typename Fits>
Matches find(const SymbolTable& table, const Fits& fits) {
  Matches out;
  table.each_function([&](const UserSymbol& symbol) {
    if (!fits(symbol)) return;
    const auto known = std::ranges::find(out, symbol.address, &Match::address);
    if (known != out.end()) {
      known->rank = std::max(known->rank, symbol.rank);
      return;
    }
    out.push_back({.name = std::string(symbol.name),
                   .version = std::string(symbol.version),
                   .rank = symbol.rank,
                   .is_indirect = symbol.is_indirect,
                   .address = symbol.address});
  });
  return out;
}

// Of several that have one name, what its callers reach.
void keep_best(Matches& matches) {
  Rank best = Rank::none;
  for (const auto& match : matches) best = std::max(best, match.rank);
  std::erase_if(matches, [&](const Match& match) { return match.rank != best; });
}

// A binary, and where else its symbols are: opened when they are needed.
class Sources {
 public:
  Sources(const std::filesystem::path& path, const std::filesystem::path& folder, UserBinary binary)
      : path_(path), folder_(folder) {
    binaries_.push_back(std::move(binary));
  }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const UserBinary& binary() const noexcept { return binaries_.front(); }

  // Calls use(table) until it says true; whether it did.
  template <typename Use>
  bool each_table(Use use) {
    const auto symbols = binary().symbols();
    if (symbols && use(*symbols)) return true;
    if (const auto dynamic = binary().dynamic_symbols(); dynamic && use(*dynamic)) return true;
    if (symbols) return false;  // not stripped: nothing is elsewhere
    open_others();
    return std::any_of(binaries_.begin() + 1, binaries_.end(), [&](const UserBinary& other) {
      const auto table = other.symbols();
      return table && use(*table);
    });
  }

 private:
  void open_others() {
    if (std::exchange(opened_, true)) return;
    auto mini = mini_debug_info(binary());
    auto separate = separate_debug_file(binary(), path_, folder_);
    if (mini) binaries_.push_back(*std::move(mini));
    if (separate) binaries_.push_back(*std::move(separate));
  }

  const std::filesystem::path& path_;
  const std::filesystem::path& folder_;
  std::vector<UserBinary> binaries_;  // the binary itself, then files of symbols
  bool opened_ = false;
};

// In each table first as it is, then as C++ has it; last of all as a pattern, in all tables.
Matches find(Sources& sources, const Wanted& wanted) {
  Matches out;
  const bool found = sources.each_table([&](const SymbolTable& table) {
    out = find(table, [&](const UserSymbol& symbol) { return is_exactly(symbol, wanted); });
    keep_best(out);
    if (!out.empty()) return true;
    out = find(table, [&](const UserSymbol& symbol) { return is_cpp_name(symbol, wanted); });
    return !out.empty();
  });
  if (found || !wanted.is_pattern) return out;
  sources.each_table([&](const SymbolTable& table) {
    for (auto& match :
         find(table, [&](const UserSymbol& symbol) { return matches_pattern(symbol, wanted); })) {
      if (std::ranges::find(out, match.address, &Match::address) == out.end()) {
        out.push_back(std::move(match));
      }
    }
    return false;
  });
  return out;
}

Error not_found(Sources& sources, const Wanted& wanted) {
  Nearest nearest(wanted.name);
  std::size_t count = 0;
  sources.each_table([&](const SymbolTable& table) {
    table.each_function([&](const UserSymbol& symbol) {
      ++count;
      const auto cpp = wanted.like_cpp ? demangle(symbol.name) : std::nullopt;
      nearest.offer(cpp ? without_parameters(*cpp) : symbol.name);
    });
    return false;
  });
  if (count == 0) {
    Error error(ErrorKind::not_found,
                fmt::format("no function '{}': it has no symbols", wanted.text));
    return std::move(error).hint(
        "It is stripped: give an offset in the file instead, or install its file of symbols "
        "(Debian: package NAME-dbgsym).");
  }
  Error error(ErrorKind::not_found, wanted.is_pattern
                                        ? fmt::format("no function matches '{}'", wanted.text)
                                        : fmt::format("no function '{}'", wanted.text));
  const auto names = nearest.names();
  if (names.empty()) return error;
  return std::move(error).hint(fmt::format("It has: {}.", fmt::join(names, ", ")));
}

// Names that an IFUNC's have within them: "__memcpy_avx_unaligned" for memcpy.
Error picked_elsewhere(Sources& sources, const Match& match) {
  std::vector<std::string> names;
  sources.each_table([&](const SymbolTable& table) {
    table.each_function([&](const UserSymbol& symbol) {
      const bool fits = !symbol.is_indirect && symbol.name != match.name &&
                        symbol.name.find(match.name) != std::string_view::npos;
      if (fits && names.size() < 8) names.emplace_back(symbol.name);
    });
    return false;
  });
  Error error(
      ErrorKind::unsupported,
      fmt::format("'{}' is picked among several functions at run time (IFUNC)", match.name));
  if (names.empty()) return std::move(error).hint("Name the one that this machine uses.");
  return std::move(error).hint(
      fmt::format("Name the one that this machine uses, perhaps {}.", fmt::join(names, ", ")));
}

Result<FunctionPlace> place_of(Sources& sources, const Match& match) {
  std::uint64_t address = match.address;
  if (match.is_indirect) {
    const UserSymbol symbol{.name = match.name, .version = match.version};
    const auto picked = picked_function(sources.path(), symbol);
    if (!picked) return std::unexpected(picked_elsewhere(sources, match));
    address = *picked;
  }
  const auto offset = sources.binary().offset_of(address);
  if (offset) return FunctionPlace{.name = match.name, .offset = *offset};
  return fail(ErrorKind::bad_input, "function '{}' at {:#x} is in no loaded segment", match.name,
              address);
}

std::string shown(std::string_view name) { return demangle(name).value_or(std::string(name)); }

Result<FunctionPlace> find_one(Sources& sources, const Wanted& wanted) {
  const Matches matches = find(sources, wanted);
  if (matches.empty()) return std::unexpected(not_found(sources, wanted));
  if (matches.size() == 1) return place_of(sources, matches[0]);
  Error error(ErrorKind::invalid_argument,
              fmt::format("{} functions are called '{}', at {:#x} ({}) and {:#x} ({})",
                          matches.size(), wanted.text, matches[0].address, shown(matches[0].name),
                          matches[1].address, shown(matches[1].name)));
  return std::unexpected(std::move(error).hint(
      "Name one with its parameters or by its offset in the file; uprobe.multi takes them all."));
}

Result<std::vector<FunctionPlace>> find_all(Sources& sources, const Wanted& wanted) {
  const Matches matches = find(sources, wanted);
  if (matches.empty()) return std::unexpected(not_found(sources, wanted));
  std::vector<FunctionPlace> out;
  std::optional<Error> refused;
  for (const auto& match : matches) {
    auto place = place_of(sources, match);
    if (place) {
      out.push_back(*std::move(place));
    } else if (!refused) {
      refused = std::move(place).error();
    }
  }
  if (out.empty()) return std::unexpected(*std::move(refused));
  std::ranges::sort(out, {}, &FunctionPlace::offset);
  const auto twice = std::ranges::unique(out, {}, &FunctionPlace::offset);
  out.erase(twice.begin(), twice.end());
  return out;
}

template <typename Find>
auto with_binary(const std::filesystem::path& path, std::string_view text,
                 const std::filesystem::path& folder, Find go)
    -> decltype(go(std::declval<Sources&>(), std::declval<const Wanted&>())) {
  SKEP_TRY(auto binary, UserBinary::open(path));
  Sources sources(path, folder, std::move(binary));
  auto found = go(sources, Wanted(text));
  if (found) return found;
  return add_context(std::move(found).error(), "{}", path.native());
}

}  // namespace

Result<std::uint64_t> file_offset_of(const std::filesystem::path& binary, std::string_view symbol,
                                     const std::filesystem::path& folder) {
  SKEP_TRY(const auto place, with_binary(binary, symbol, folder, find_one));
  return place.offset;
}

Result<std::vector<FunctionPlace>> find_functions(const std::filesystem::path& binary,
                                                  std::string_view wanted,
                                                  const std::filesystem::path& folder) {
  return with_binary(binary, wanted, folder, find_all);
}

bool is_pattern(std::string_view text) noexcept {
  return text.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace skep::elf
