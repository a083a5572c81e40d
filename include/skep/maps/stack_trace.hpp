// skep/maps/stack_trace.hpp: stacks that bpf_get_stackid() has put into a map. Kernel 4.6.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// Stacks, by the id that bpf_get_stackid() has returned.
class StackTrace : public maps::View {
 public:
  // One frame of a map with BPF_F_STACK_BUILD_ID (kernel 4.17).
  struct UserFrame {
    enum class Status : std::int32_t { empty = 0, valid = 1, address = 2 };
    Status status = Status::empty;
    std::array<std::uint8_t, 20> build_id{};  // where valid
    std::uint64_t offset = 0;                 // in the file, where valid; else the address
  };

  // Errors: as Map::as.
  static Result<StackTrace> of(const Map& map);

  // Frames that a stack has at most.
  [[nodiscard]] std::size_t depth() const noexcept;
  // Addresses, the innermost first; nothing when there is no such stack (it was deleted, or another
  // took its place). Errors: invalid_argument when the map has build ids.
  [[nodiscard]] Result<std::optional<std::vector<std::uint64_t>>> addresses(std::uint32_t id) const;
  // Errors: invalid_argument when the map has addresses.
  [[nodiscard]] Result<std::optional<std::vector<UserFrame>>> user_frames(std::uint32_t id) const;
  // True when there was one.
  Result<bool> erase(std::uint32_t id) const { return map().erase(maps::bytes(id)); }

 private:
  using View::View;
};

}  // namespace skep
#pragma GCC visibility pop
