// run/live.hpp: global variables of programs that run: `skep set`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skep/btf.hpp"
#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/object.hpp"

namespace skep::run {

// A session says of itself, in a file in memory that it holds, how it is called and which maps hold
// its variables. It goes with the process, whatever ends that: nothing is ever stale.
class Announcement {
 public:
  static Result<Announcement> make(const Object& object);

 private:
  explicit Announcement(Fd file) noexcept : file_(std::move(file)) {}
  Fd file_;
};

struct RunningSession {
  int process = 0;
  std::string name;                 // of the tool or object
  std::vector<std::uint32_t> maps;  // ids: data sections, all of which the process holds
};

// By process number. Those of processes that we may not look into are left out.
[[nodiscard]] Result<std::vector<RunningSession>> find_sessions();

struct LiveVariable {
  std::string name;
  std::uint32_t offset = 0, size = 0;
  btf::TypeId type = 0;
};

// A data section that the kernel holds, with its variables.
class LiveSection {
 public:
  // Errors: invalid_argument when it is no data section; unsupported when it has no types, or
  // cannot be mapped; permission.
  static Result<LiveSection> open(Map map);

  [[nodiscard]] const std::vector<LiveVariable>& variables() const noexcept { return variables_; }
  [[nodiscard]] const LiveVariable* find(std::string_view name) const noexcept;
  // const variables: nobody can change them any more.
  [[nodiscard]] bool is_frozen() const noexcept { return is_frozen_; }
  // As somebody would write it, bytes that are not to be seen escaped; and as C names its type.
  [[nodiscard]] std::string value(const LiveVariable& variable) const;
  [[nodiscard]] std::string type_of(const LiveVariable& variable) const;
  // The bytes of a value. Errors: invalid_argument for what the type does not take.
  [[nodiscard]] Result<std::vector<std::byte>> parse(const LiveVariable& variable,
                                                     std::string_view text) const;
  // Numbers change at once, in one store; other values byte by byte. Precondition: not frozen, and
  // parse() made the value.
  void set(const LiveVariable& variable, std::span<const std::byte> value);

 private:
  LiveSection(Map map, Btf types) noexcept : map_(std::move(map)), types_(std::move(types)) {}
  [[nodiscard]] std::span<std::byte> bytes_of(const LiveVariable& variable) const;

  Map map_;
  Btf types_;
  Mapping memory_;
  std::vector<LiveVariable> variables_;
  bool is_frozen_ = false;
};

}  // namespace skep::run
