#include "kernel/map_set.hpp"

#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/host.hpp"
#include "kernel/map_create.hpp"
#include "kernel/map_fill.hpp"
#include "kernel/map_rings.hpp"
#include "object/rings.hpp"

namespace skep::kernel {
namespace {

class MapSet {
 public:
  MapSet(Syscalls& sys, const ObjectSpec& object, const MapSetOptions& options, Pins& pins,
         std::vector<std::string>& notes)
      : sys_(sys), object_(object), options_(options), pins_(pins), notes_(notes) {
    context_.types_fd = options.types_fd;
  }

  Result<std::vector<Map>> create() {
    maps_.reserve(object_.maps.size());
    for (const MapSpec& spec : object_.maps) {
      SKEP_CHECK(spec.type == MapType::struct_ops ? add_struct_ops(spec) : add(spec));
    }
    // A map of maps may name a later map.
    for (const std::size_t index : unfilled_) {
      SKEP_TRY(const bool filled, fill_map_slots(maps_[index], maps_));
      if (filled) continue;
      return fail(ErrorKind::bad_input, "map '{}' names a map that is not there",
                  maps_[index].name());
    }
    return std::move(maps_);
  }

 private:
  Result<void> add(const MapSpec& spec) {
    if (!spec.autocreate) {
      maps_.emplace_back(sys_, Fd(), spec, 0);
      return {};
    }
    if (context_.cpus == 0 && needs_cpus(spec)) {
      SKEP_TRY(context_.cpus, possible_cpus(sys_));
    }
    const auto path = pin_path_of(spec, options_.pin_root);
    if (path.empty()) return add_new(spec);
    auto done = add_pinned(spec, path);
    if (!done) return add_context(std::move(done).error(), "map '{}'", spec.name);
    return {};
  }

  // Its value is the kernel's struct, not the object's.
  Result<void> add_struct_ops(MapSpec spec) {
    const auto index = static_cast<std::uint32_t>(maps_.size());
    const auto table = std::ranges::find(options_.struct_ops, index, &object::StructOpsMap::map);
    if (table != options_.struct_ops.end()) {
      spec.value_size = static_cast<std::uint32_t>(table->value.size());
      spec.contents = table->value;
      context_.kernel_value_type = table->value_type;
      if (table->module) context_.module_types_fd = options_.modules[*table->module].get();
    }
    auto done = add(spec);
    context_.kernel_value_type = 0;
    context_.module_types_fd = -1;
    return done;
  }

  Result<void> add_new(const MapSpec& spec) {
    SKEP_TRY(auto map, create_map(sys_, spec, context_, notes_));
    maps_.push_back(std::move(map));
    if (spec.is_data()) SKEP_CHECK(write_section(sys_, maps_.back()));
    if (spec.type == MapType::arena) SKEP_CHECK(map_arena(sys_, maps_.back()));
    if (object::has_ring_per_cpu(object_, spec)) {
      return make_rings(sys_, maps_.back(), context_, notes_);
    }
    if (spec.inner.empty()) return {};
    SKEP_TRY(const bool filled, fill_map_slots(maps_.back(), maps_));
    if (!filled) unfilled_.push_back(maps_.size() - 1);
    return {};
  }

  // Two loaders may find the place empty at the same time: the one that pins first wins, and the
  // other one uses its map.
  Result<void> add_pinned(const MapSpec& spec, const std::filesystem::path& path) {
    const MapSpec wanted = as_created(spec, context_);
    SKEP_TRY(auto there, open_pinned(sys_, wanted, path));
    if (!there) {
      const auto unfilled = unfilled_;
      SKEP_CHECK(add_new(spec));
      auto pinned = pins_.pin(maps_.back(), path);
      if (pinned) return {};
      if (pinned.error().code() != EEXIST) return pinned;
      SKEP_TRY(there, open_pinned(sys_, wanted, path));
      if (!there) return pinned;  // and that one is gone again: whoever does so must stop first
      maps_.pop_back();
      unfilled_ = unfilled;
    }
    if (const auto differs = difference_of_types(sys_, *there, wanted, object_.types)) {
      notes_.push_back(fmt::format("map '{}': the one pinned at {} was made by another program: {}",
                                   spec.name, path.native(), *differs));
    }
    maps_.push_back(adopt_map(sys_, *std::move(there), wanted, context_));
    if (!object::has_ring_per_cpu(object_, spec)) return {};
    return adopt_rings(sys_, maps_.back(), path, context_, notes_);
  }

  Syscalls& sys_;
  const ObjectSpec& object_;
  const MapSetOptions& options_;
  Pins& pins_;
  std::vector<std::string>& notes_;
  MapContext context_;
  std::vector<Map> maps_;
  std::vector<std::size_t> unfilled_;  // maps of maps
};

}  // namespace

Result<std::vector<Map>> create_maps(Syscalls& sys, const ObjectSpec& spec,
                                     const MapSetOptions& options, Pins& pins,
                                     std::vector<std::string>& notes) {
  return MapSet(sys, spec, options, pins, notes).create();
}

}  // namespace skep::kernel
