// Whether a typed view fits a map.
#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "btf/layout_check.hpp"
#include "skep/map.hpp"

namespace skep {
namespace {

std::string type_name(MapType type) {
  const auto name = name_of(type);
  return name.empty() ? fmt::format("of type {}", static_cast<std::uint32_t>(type))
                      : fmt::format("a {} map", name);
}

Result<void> check_part(const MapSpec& spec, const std::optional<Btf>& types, const char* part,
                        std::uint32_t size, btf::TypeId type, const layout::Shape& shape) {
  if (shape.size != size) {
    return fail(ErrorKind::invalid_argument, "map '{}': its {}s have {} bytes, the view's {}",
                spec.name, part, size, shape.size);
  }
  if (!types || type == 0 || !types->contains(type)) return {};
  const auto wrong = btf::misfit(shape, *types, type);
  if (!wrong) return {};
  return fail(ErrorKind::invalid_argument, "map '{}': its {}s are '{}', and the view's differ: {}",
              spec.name, part, types->c_name(type), *wrong);
}

}  // namespace

Result<void> Map::check(std::initializer_list<MapType> types, const layout::Shape* key,
                        const layout::Shape* value) const {
  if (std::ranges::find(types, spec_.type) == types.end()) {
    std::vector<std::string> wanted;
    for (const auto type : types) wanted.emplace_back(name_of(type));
    return fail(ErrorKind::invalid_argument, "map '{}' is {}; this view is for {}", spec_.name,
                type_name(spec_.type), enumerate(wanted));
  }
  if (key != nullptr) {
    SKEP_CHECK(check_part(spec_, types_, "key", spec_.key_size, spec_.key_type, *key));
  }
  if (value == nullptr) return {};
  return check_part(spec_, types_, "value", spec_.value_size, spec_.value_type, *value);
}

}  // namespace skep
