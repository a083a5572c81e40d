#include "symbol/module.hpp"

#include <algorithm>

#include "elf/debug_files.hpp"

namespace skep::symbol {
namespace {

constexpr std::uint64_t longest_without_size = 4096;  // bytes of a function that does not say it
constexpr std::size_t most_known = 1 << 16;

}  // namespace

Module::Module(elf::UserBinary binary, const std::filesystem::path& path,
               const UserSymbols::Options& options)
    : binary_(std::move(binary)) {
  const auto own = binary_.symbols();
  const bool has_lines = binary_.section(".debug_info") || binary_.section(".zdebug_info");
  add(own);
  if (!own || (options.lines && !has_lines)) {
    debug_ = elf::separate_debug_file(binary_, path, options.debug_folder);
  }
  if (!own) {
    add(binary_.dynamic_symbols());
    if (debug_) add(debug_->symbols());
    if (const auto small = elf::mini_debug_info(binary_)) add(small->symbols());
  }
  index();
  if (options.lines) lines_ = Lines::open(has_lines || !debug_ ? binary_ : *debug_);
}

void Module::add(const std::optional<elf::SymbolTable>& table) {
  if (!table) return;
  table->each_function([this](const elf::UserSymbol& symbol) {
    functions_.push_back({symbol.address, symbol.size, std::string(symbol.name), symbol.rank});
  });
}

// Of several names of one place the most public one, which says its size.
void Module::index() {
  std::ranges::sort(functions_, [](const Function& a, const Function& b) {
    if (a.address != b.address) return a.address < b.address;
    if ((a.size > 0) != (b.size > 0)) return a.size > 0;
    return a.rank != b.rank ? a.rank > b.rank : a.name < b.name;
  });
  const auto doubles = std::ranges::unique(functions_, {}, &Function::address);
  functions_.erase(doubles.begin(), doubles.end());
  functions_.shrink_to_fit();
}

const Module::Function* Module::function_at(std::uint64_t address) const noexcept {
  const auto after = std::ranges::upper_bound(functions_, address, {}, &Function::address);
  if (after == functions_.begin()) return nullptr;
  const Function& function = *(after - 1);
  const std::uint64_t size = function.size > 0 ? function.size : longest_without_size;
  return address - function.address < size ? &function : nullptr;
}

std::vector<Frame> Module::look_up(std::uint64_t offset) const {
  std::vector<Frame> out;
  const auto address = binary_.code_address_of(offset);
  if (!address) {
    out.emplace_back().why = "no code of its file";
    return out;
  }
  const auto places = lines_ ? lines_->find(*address) : std::vector<SourcePlace>();
  for (const auto& place : places) {
    Frame& frame = out.emplace_back();
    frame.function = demangle(place.function);
    frame.file = place.file;
    frame.line = place.line;
    frame.is_inlined = &place != &places.back();
    frame.offset = frame.is_inlined ? 0 : *address - place.start;
  }
  if (out.empty()) out.emplace_back();
  Frame& last = out.back();
  if (const Function* function = function_at(*address)) {
    last.function = demangle(function->name);
    last.offset = *address - function->address;
  }
  if (last.function.empty()) last.why = "no symbol in its file";
  return out;
}

const std::vector<Frame>& Module::find(std::uint64_t offset) {
  if (known_.size() >= most_known) known_.clear();
  const auto [place, is_new] = known_.try_emplace(offset);
  if (is_new) place->second = look_up(offset);
  return place->second;
}

}  // namespace skep::symbol
