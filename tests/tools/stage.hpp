// tools/stage.hpp: where a case is played: a cgroup and a folder of its own, gone afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "skep/fd.hpp"

namespace skep::test {

// Removed by a guard, a process that waits for our end, so that they go even when a time limit
// kills us. The guard ends what still runs in the cgroup.
class Stage {
 public:
  // Throws; nothing when there is no cgroup version 2 that we may write to.
  static std::optional<Stage> make();

  Stage(Stage&& other) noexcept;
  Stage& operator=(Stage&&) = delete;
  ~Stage();

  [[nodiscard]] const std::filesystem::path& work() const { return work_; }
  [[nodiscard]] std::uint64_t cgroup_id() const;
  // Opened before the fork, so that a process that enters opens nothing itself.
  [[nodiscard]] int door() const { return door_.get(); }

 private:
  Stage() = default;
  void post_guard();

  std::filesystem::path cgroup_;
  std::filesystem::path work_;
  Fd door_;   // cgroup.procs
  Fd alive_;  // a pipe's end: closes with us
  int guard_ = -1;
};

}  // namespace skep::test
