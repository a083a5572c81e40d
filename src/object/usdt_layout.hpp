// object/usdt_layout.hpp: how a program wants to be told where the arguments of USDT probes are.
//
// libbpf's bpf/usdt.bpf.h, and bpf/skep/usdt.bpf.h, declare an array map __bpf_usdt_specs; the
// loader writes one value for each place of a probe, and gives its index as the cookie. What the
// value looks like is read from the object's BTF: it has changed (an index register since libbpf
// 1.7), and may change again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "elf/usdt.hpp"
#include "skep/result.hpp"
#include "skep/spec.hpp"

namespace skep::object {

inline constexpr const char* usdt_specs_map = "__bpf_usdt_specs";

class UsdtLayout {
 public:
  // Of the map's value. Errors: unsupported for a map that has other fields than those headers'.
  static Result<UsdtLayout> of(const ObjectSpec& spec, const MapSpec& map);

  // One value. Errors: unsupported for arguments that the object's header has no form for.
  [[nodiscard]] Result<std::vector<std::byte>> value_of(
      std::span<const elf::UsdtArgument> arguments, std::uint64_t cookie) const;

 private:
  struct Field {
    std::uint64_t bit = 0;  // from the start of the value, or of one argument
    std::uint32_t bits = 0;
  };
  static Result<Field> field_of(const Btf& types, const btf::Type& type, std::string_view name);
  Result<void> read_argument(const Btf& types, const btf::Type& type);
  void put(std::vector<std::byte>& out, std::uint64_t from, Field field,
           std::uint64_t number) const;
  [[nodiscard]] Result<void> put_argument(std::vector<std::byte>& out, std::uint64_t from,
                                          const elf::UsdtArgument& argument) const;

  std::size_t size_ = 0;             // bytes of a value
  std::uint64_t arguments_ = 0;      // bit where the first argument stands
  std::uint64_t argument_bits_ = 0;  // of one
  std::uint32_t argument_count_ = 0;
  Field value_, kind_, base_, is_signed_, unused_bits_;
  std::optional<Field> index_, shift_;
  Field cookie_, count_;
};

}  // namespace skep::object
