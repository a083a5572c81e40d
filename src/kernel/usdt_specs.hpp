// kernel/usdt_specs.hpp: the map of an object that says where the arguments of USDT probes are.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "kernel/syscalls.hpp"
#include "object/usdt_layout.hpp"
#include "skep/fd.hpp"
#include "skep/map.hpp"
#include "skep/result.hpp"

namespace skep::kernel {

// Shared by the programs of an object and by the links that hold entries, which may outlive it.
// Safe to use from several threads at once.
class UsdtSpecs {
 public:
  static Result<std::shared_ptr<UsdtSpecs>> create(const Map& map, object::UsdtLayout layout);

  [[nodiscard]] const object::UsdtLayout& layout() const noexcept { return layout_; }

  // Writes a value into a free entry: its index. Errors: limit, when all are in use; errno.
  [[nodiscard]] Result<std::uint32_t> add(std::span<const std::byte> value);
  // Its entry may be used again.
  void drop(std::uint32_t index) noexcept;

  UsdtSpecs(Syscalls& sys, Fd map, std::uint32_t entries, object::UsdtLayout layout);

 private:
  Syscalls& sys_;
  Fd map_;
  object::UsdtLayout layout_;
  std::mutex mutex_;
  std::vector<bool> is_used_;
};

// Of an object with such a map, one that has a descriptor; nullptr for others, and for a map that
// is none of the known headers'.
[[nodiscard]] Result<std::shared_ptr<UsdtSpecs>> usdt_specs_of(const ObjectSpec& spec,
                                                               std::span<const Map> maps);

}  // namespace skep::kernel
