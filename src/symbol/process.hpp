// symbol/process.hpp: one process: what it has mapped, now and before.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "symbol/modules.hpp"
#include "symbol/perf_map.hpp"
#include "symbol/process_files.hpp"

namespace skep::symbol {

class Process {
 public:
  explicit Process(pid_t pid) : pid_(pid) {}

  // Reads its mappings, unless that was done a moment ago. False when it is not there (any more).
  bool refresh(Modules& modules, std::chrono::milliseconds moment);
  [[nodiscard]] bool is_known() const noexcept { return !images_.empty(); }

  // See UserSymbols::find. `looked_for` is the address whose function counts.
  [[nodiscard]] std::vector<Frame> find(Modules& modules, std::uint64_t address,
                                        std::uint64_t looked_for);

  // The files that it has mapped now, or had when it was seen last; some may be empty.
  [[nodiscard]] std::span<const std::shared_ptr<MappedFile>> files() const noexcept {
    if (images_.empty()) return {};
    return images_.back().files;
  }

 private:
  using Clock = std::chrono::steady_clock;

  // What its compiler named, while it executed one program.
  struct Compiled {
    std::optional<FileKey> file;  // as it was read
    std::unique_ptr<PerfMap> names;
  };
  // What it had mapped at one time.
  struct Image {
    Identity identity;
    std::shared_ptr<Compiled> compiled;  // the same for all images of one program
    std::vector<Mapping> mappings;
    std::vector<std::shared_ptr<MappedFile>> files;  // of the mappings; may be empty
  };

  [[nodiscard]] std::vector<Frame> find_in(Modules& modules, const Image& image,
                                           const Mapping& mapping, std::uint64_t looked_for);
  [[nodiscard]] const PerfMap::Entry* find_compiled(const Image& image, std::uint64_t address);
  void read_perf_map();

  pid_t pid_;
  bool is_alive_ = true;
  bool is_closed_ = false;                   // it is there, and may not be looked into
  std::optional<Clock::time_point> looked_;  // last time
  std::vector<Image> images_;                // the newest last
};

}  // namespace skep::symbol
