// What people write as a value, any text: it is a value of its type's size, or refused in words.
#include <cstdint>
#include <string_view>
#include <vector>

#include "record/literal.hpp"
#include "record/value.hpp"
#include "unit/btf_builder.hpp"

namespace {

using namespace skep;

struct Types {
  test::BtfBuilder builder;
  btf::TypeId u32 = builder.add_int("unsigned int", 4, 0);
  btf::TypeId s16 = builder.add_int("short", 2, test::BtfBuilder::signed_);
  btf::TypeId byte = builder.add_int("unsigned char", 1, 0);
  btf::TypeId character = builder.add_int("char", 1, test::BtfBuilder::signed_);
  btf::TypeId mode = builder.add_enum("mode", 4, {{"slow", 1}, {"fast", 2}});
  btf::TypeId text = builder.add_array(character, 8, u32);
  btf::TypeId bytes = builder.add_array(byte, 16, u32);
  btf::TypeId inner = builder.add_struct("inner", 8, {{"saddr", u32, 0}, {"n", s16, 32}});
  btf::TypeId many = builder.add_array(inner, 3, u32);
  btf::TypeId whole = builder.add_struct("whole", 60,
                                         {{"addr", bytes, 0},
                                          {"name", text, 128},
                                          {"mode", mode, 192},
                                          {"many", many, 224},
                                          {"max_bytes", u32, 416},
                                          {"_ns", u32, 448}});
  Btf all = builder.btf();
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Types types;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto type : {types.whole, types.many, types.bytes, types.text, types.u32}) {
    const auto value =
        record::parse_value(types.all, type, text, {"x", "addr", record::Unit::none});
    if (!value && value.error().message().empty()) __builtin_trap();
    if (!value) continue;
    if (value->size() != *types.all.size_of(type)) __builtin_trap();
    (void)record::show_value(types.all, type, "addr", *value);
  }
  return 0;
}
