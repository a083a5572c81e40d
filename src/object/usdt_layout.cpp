#include "object/usdt_layout.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace skep::object {
namespace {

using Argument = elf::UsdtArgument;

// enum __bpf_usdt_arg_type
enum class Form : std::uint8_t { constant = 0, in_register = 1, in_memory = 2, indexed = 3 };

Form form_of(const Argument& argument) noexcept {
  switch (argument.kind) {
    case Argument::Kind::constant:
      return Form::constant;
    case Argument::Kind::in_register:
      return Form::in_register;
    case Argument::Kind::in_memory:
      break;
  }
  return argument.index ? Form::indexed : Form::in_memory;
}

std::unexpected<Error> unknown_layout(std::string_view what) {
  return fail(ErrorKind::unsupported, "map '{}' is none of bpf/usdt.bpf.h: its values have no {}",
              usdt_specs_map, what);
}

}  // namespace

Result<UsdtLayout::Field> UsdtLayout::field_of(const Btf& types, const btf::Type& type,
                                               std::string_view name) {
  for (const auto& member : type.members()) {
    if (member.name != name) continue;
    Field out{.bit = member.bit_offset, .bits = member.bit_size};
    if (out.bits == 0) {
      SKEP_TRY(const auto size, types.size_of(member.type));
      out.bits = size * 8;
    }
    if (out.bits > 64) return unknown_layout(name);
    return out;
  }
  return unknown_layout(name);
}

Result<void> UsdtLayout::read_argument(const Btf& types, const btf::Type& type) {
  SKEP_TRY(value_, field_of(types, type, "val_off"));
  SKEP_TRY(kind_, field_of(types, type, "arg_type"));
  SKEP_TRY(base_, field_of(types, type, "reg_off"));
  SKEP_TRY(is_signed_, field_of(types, type, "arg_signed"));
  SKEP_TRY(unused_bits_, field_of(types, type, "arg_bitshift"));
  if (auto index = field_of(types, type, "idx_reg_off")) {
    index_ = *index;
    SKEP_TRY(shift_, field_of(types, type, "scale_bitshift"));
  }
  return {};
}

Result<UsdtLayout> UsdtLayout::of(const ObjectSpec& spec, const MapSpec& map) {
  const Btf& types = spec.types;
  if (map.value_type == 0) return unknown_layout("type");
  const auto whole = types.strip(map.value_type);
  UsdtLayout out;
  SKEP_TRY(out.cookie_, field_of(types, whole, "usdt_cookie"));
  SKEP_TRY(out.count_, field_of(types, whole, "arg_cnt"));
  const auto members = whole.members();
  const auto arguments = std::ranges::find(members, "args", &btf::Member::name);
  if (arguments == members.end()) return unknown_layout("args");
  const auto array = types.strip(arguments->type);
  const auto one = types.strip(array.target());
  if (!array.is(btf::Kind::array) || !one.is(btf::Kind::struct_)) return unknown_layout("args");
  SKEP_CHECK(out.read_argument(types, one));
  out.size_ = map.value_size;
  out.arguments_ = arguments->bit_offset;
  out.argument_count_ = array.array_count();
  out.argument_bits_ = std::uint64_t{one.size()} * 8;
  SKEP_TRY(const auto size, types.size_of(map.value_type));
  if (size != map.value_size) return unknown_layout("type");
  return out;
}

// Little-endian, bit by bit: a field need not begin at a byte.
void UsdtLayout::put(std::vector<std::byte>& out, std::uint64_t from, Field field,
                     std::uint64_t number) const {
  for (std::uint32_t i = 0; i < field.bits; ++i) {
    const std::uint64_t bit = from + field.bit + i;
    if (bit / 8 >= out.size() || (number >> i & 1) == 0) continue;
    out[bit / 8] |= std::byte{1} << (bit % 8);
  }
}

Result<void> UsdtLayout::put_argument(std::vector<std::byte>& out, std::uint64_t from,
                                      const Argument& argument) const {
  if (argument.index && !index_) {
    Error error(ErrorKind::unsupported,
                "it is in memory at an address with an index register, for which the program's "
                "bpf/usdt.bpf.h (libbpf before 1.7) has no form");
    return std::unexpected(
        std::move(error).hint("Include skep/usdt.bpf.h instead, which has the same macros."));
  }
  put(out, from, kind_, static_cast<std::uint64_t>(form_of(argument)));
  put(out, from, value_, static_cast<std::uint64_t>(argument.value));
  put(out, from, base_, argument.base);
  put(out, from, is_signed_, argument.is_signed ? 1 : 0);
  put(out, from, unused_bits_, 64U - argument.size * 8U);
  if (argument.index) {
    put(out, from, *index_, *argument.index);
    put(out, from, *shift_, argument.shift);
  }
  return {};
}

Result<std::vector<std::byte>> UsdtLayout::value_of(std::span<const Argument> arguments,
                                                    std::uint64_t cookie) const {
  if (arguments.size() > argument_count_) {
    return fail(ErrorKind::unsupported, "the probe has {} arguments, and the program takes {}",
                arguments.size(), argument_count_);
  }
  std::vector<std::byte> out(size_);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    auto done = put_argument(out, arguments_ + i * argument_bits_, arguments[i]);
    if (!done) return add_context(std::move(done).error(), "argument {}", i + 1);
  }
  put(out, 0, cookie_, cookie);
  put(out, 0, count_, arguments.size());
  return out;
}

}  // namespace skep::object
