#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "stream/record_type.hpp"

namespace skep::stream {
namespace {

// A struct that would do, and what speaks for it.
struct Candidate {
  const Btf* types = nullptr;
  btf::TypeId type = 0;
  std::string found_by;
};

class Inference {
 public:
  Inference(const ObjectSpec& spec, const btf::LocalVariables& locals,
            const IsOfKernel& is_of_kernel)
      : spec_(spec), locals_(locals), is_of_kernel_(is_of_kernel) {}

  // The best first; what is found by weaker signs only when there is nothing better.
  [[nodiscard]] std::vector<Candidate> candidates(const Output& output) const {
    for (const auto find : {&Inference::by_place, &Inference::by_variable, &Inference::by_parameter,
                            &Inference::by_bytes, &Inference::by_size, &Inference::by_number}) {
      if (auto found = (this->*find)(output); !found.empty()) return found;
    }
    return {};
  }

 private:
  [[nodiscard]] bool fits(btf::TypeId type, const Output& output) const {
    const auto size = spec_.types.size_of(type);
    return size && (!output.size || *size == *output.size);
  }

  // Room for anything: what points there knows better what it is.
  [[nodiscard]] bool is_in_bare_bytes(const Output& output) const {
    const auto found = by_typed_place(output);
    if (found.empty()) return false;
    const auto type = spec_.types.strip(found.front().type);
    return type.is(btf::Kind::array) && spec_.types.size_of(type.target()) == 1U;
  }

  // It is made in a map's value, or in a global variable: those have types.
  [[nodiscard]] std::vector<Candidate> by_place(const Output& output) const {
    return is_in_bare_bytes(output) ? std::vector<Candidate>() : by_typed_place(output);
  }

  [[nodiscard]] std::vector<Candidate> by_bytes(const Output& output) const {
    return by_typed_place(output);
  }

  [[nodiscard]] std::vector<Candidate> by_typed_place(const Output& output) const {
    const MapSpec& map = spec_.maps[output.place_map];
    if (output.place == Output::Place::map_value && output.offset == 0 && map.value_type != 0 &&
        fits(map.value_type, output)) {
      return {{&spec_.types, map.value_type, fmt::format("the values of map '{}'", map.name)}};
    }
    if (output.place != Output::Place::data) return {};
    for (const auto& variable : spec_.variables) {
      if (variable.map == output.place_map && variable.offset == output.offset &&
          variable.type != 0 && fits(variable.type, output)) {
        return {{&spec_.types, variable.type, fmt::format("the global '{}'", variable.name)}};
      }
    }
    return {};
  }

  // Of a record that is not as long each time: what points to a struct with an open end, or to one
  // as long as the map's value that the record is made in.
  [[nodiscard]] bool may_be(const btf::LocalVariable& local, const Output& output) const {
    if (output.size) {
      return local.size == *output.size || (local.is_open && *output.size > local.size);
    }
    if (!local.is_pointer || output.place == Output::Place::stack) return false;
    const bool fills = output.place == Output::Place::map_value &&
                       spec_.maps[output.place_map].value_size == local.size;
    return local.is_open || fills;
  }

  // A local variable of that size: on the stack the struct itself, in the ring what points to it.
  [[nodiscard]] std::vector<Candidate> by_variable(const Output& output) const {
    const bool on_stack = output.place == Output::Place::stack;
    const auto& function = spec_.functions[on_stack ? output.frame : output.function].name;
    // A pointer is more likely to be what a reservation gave than a struct that happens to fit.
    std::vector<Candidate> out;
    for (const bool by_pointer : {true, false}) {
      if (on_stack && by_pointer) continue;
      if (!by_pointer && is_in_bare_bytes(output)) continue;
      for (const auto& local : locals_.variables) {
        if (local.function != function || !may_be(local, output) || local.is_number) continue;
        if (local.is_pointer != by_pointer) continue;
        out.push_back({&locals_.types, local.type,
                       fmt::format("the variable '{}' of {}()", local.name, function)});
      }
    }
    return out;
  }

  // A function of the object that takes a pointer to a struct of that size.
  [[nodiscard]] std::vector<Candidate> by_parameter(const Output& output) const {
    std::vector<Candidate> out;
    for (const auto& function : spec_.functions) {
      for (const auto& info : function.function_info) {
        if (info.instruction != 0 || !spec_.types.contains(info.type)) continue;
        const auto prototype = spec_.types.strip(spec_.types.type(info.type).target());
        for (const auto& parameter : prototype.parameters()) {
          const auto pointer = spec_.types.strip(parameter.type);
          if (!pointer.is(btf::Kind::ptr)) continue;
          const auto pointee = spec_.types.strip(pointer.target());
          if (!pointee.is_composite() || !output.size || pointee.size() != *output.size) continue;
          if (is_of_the_kernel(pointee)) continue;
          out.push_back({&spec_.types, pointee.id(),
                         fmt::format("the parameter '{}' of {}()", parameter.name, function.name)});
        }
      }
    }
    return out;
  }

  // A number on the stack that is sent as it is.
  [[nodiscard]] std::vector<Candidate> by_number(const Output& output) const {
    std::vector<Candidate> out;
    if (output.place != Output::Place::stack) return out;
    const auto& function = spec_.functions[output.frame].name;
    for (const auto& local : locals_.variables) {
      if (local.function != function || local.size != output.size || !local.is_number) continue;
      out.push_back({&locals_.types, local.type,
                     fmt::format("the variable '{}' of {}()", local.name, function)});
    }
    return out;
  }

  // The structs of that size of which BTF knows.
  [[nodiscard]] std::vector<Candidate> by_size(const Output& output) const {
    std::vector<Candidate> out;
    if (!output.size) return out;
    for (btf::TypeId id = 1; id < spec_.types.end_id(); ++id) {
      const auto type = spec_.types.type(id);
      if (!type.is(btf::Kind::struct_) || type.name().empty() || type.size() != *output.size)
        continue;
      if (is_of_the_kernel(type) || is_of_a_map(id)) continue;
      if (is_of_kernel_ && is_of_kernel_(type.name(), type.size())) continue;
      out.push_back({&spec_.types, id, "its size"});
    }
    return out;
  }

  // CO-RE speaks of the kernel's types only.
  [[nodiscard]] bool is_of_the_kernel(const btf::Type& type) const {
    return std::ranges::any_of(spec_.functions, [&](const FunctionSpec& function) {
      return std::ranges::any_of(function.core_relocations, [&](const CoreRelocation& relocation) {
        return spec_.types.contains(relocation.type) &&
               spec_.types.strip(relocation.type).name() == type.name();
      });
    });
  }

  // What stands in another map is there for something else.
  [[nodiscard]] bool is_of_a_map(btf::TypeId type) const {
    return std::ranges::any_of(spec_.maps, [&](const MapSpec& map) {
      return (map.key_type != 0 && spec_.types.strip(map.key_type).id() == type) ||
             (map.value_type != 0 && spec_.types.strip(map.value_type).id() == type);
    });
  }

  const ObjectSpec& spec_;
  const btf::LocalVariables& locals_;
  const IsOfKernel& is_of_kernel_;
};

std::string name_of(const Candidate& candidate) { return candidate.types->c_name(candidate.type); }

// The first, and the names of those that are other types.
InferredType choose(const std::vector<Candidate>& candidates, const Output& output) {
  const Candidate& first = candidates.front();
  InferredType out{*first.types, first.type, output.size, first.found_by, {}, {}, {}};
  for (const auto& candidate : candidates) {
    const std::string name = name_of(candidate);
    if (name != name_of(first) && !(std::ranges::find(out.others, name) != out.others.end())) {
      out.others.push_back(name);
    }
  }
  return out;
}

using Group = std::vector<std::pair<InferredType, const Output*>>;  // of one size

bool is_same_type(const InferredType& a, const InferredType& b) {
  return a.types.c_name(a.type) == b.types.c_name(b.type);
}

const Constant* constant_at(const Output& output, const Constant& place) {
  const auto found = std::ranges::find_if(output.constants, [&](const Constant& one) {
    return one.offset == place.offset && one.size == place.size;
  });
  return found == output.constants.end() ? nullptr : &*found;
}

// A number may be several members at once, or a part of one.
bool is_member(const InferredType& in, const Constant& place) {
  const auto members = in.types.strip(in.type).members();
  return std::ranges::any_of(members, [&](const btf::Member& member) {
    const auto size = in.types.size_of(member.type);
    return member.bit_offset == place.offset * 8 && size && *size == place.size;
  });
}

// Whether the number at that place is another one wherever the type is another one.
bool tells_apart(const Group& group, const Constant& place) {
  return std::ranges::all_of(group, [&](const auto& one) {
    const Constant* mine = constant_at(*one.second, place);
    return mine != nullptr && std::ranges::all_of(group, [&](const auto& other) {
             const Constant* its = constant_at(*other.second, place);
             return its != nullptr &&
                    (is_same_type(one.first, other.first) || its->value != mine->value);
           });
  });
}

// One type for each number; where no number tells, the first type, and what else there is.
std::vector<InferredType> tell_apart(Group group) {
  const bool all_same = std::ranges::all_of(
      group, [&](const auto& one) { return is_same_type(one.first, group.front().first); });
  if (all_same) return {std::move(group.front().first)};
  std::vector<Constant> places;  // members first
  for (const bool members : {true, false}) {
    std::ranges::copy_if(
        group.front().second->constants, std::back_inserter(places),
        [&](const Constant& place) { return is_member(group.front().first, place) == members; });
  }
  const auto tag = std::ranges::find_if(
      places, [&](const Constant& place) { return tells_apart(group, place); });
  std::vector<InferredType> out;
  if (tag == places.end()) {
    InferredType& first = group.front().first;
    for (const auto& [type, output] : group) {
      const auto name = type.types.strip(type.type).name().empty()
                            ? type.types.c_name(type.type)
                            : std::string(type.types.strip(type.type).name());
      const bool is_known =
          is_same_type(type, first) || std::ranges::find(first.mixed, name) != first.mixed.end();
      if (!is_known) first.mixed.push_back(name);
    }
    return {std::move(first)};
  }
  std::set<std::uint64_t> seen;
  for (auto& [type, output] : group) {
    const Constant* mine = constant_at(*output, *tag);
    if (!seen.insert(mine->value).second) continue;
    type.tag = RecordTag{mine->offset, mine->size, mine->value};
    type.found_by += fmt::format(", told by {} at byte {}", mine->value, mine->offset);
    out.push_back(std::move(type));
  }
  return out;
}

}  // namespace

std::vector<InferredType> infer_record_types(const ObjectSpec& spec, std::uint32_t map,
                                             std::span<const Output> outputs,
                                             const btf::LocalVariables& locals,
                                             const IsOfKernel& is_of_kernel) {
  const Inference inference(spec, locals, is_of_kernel);
  std::map<std::optional<std::uint32_t>, Group> by_size;
  for (const auto& output : outputs) {
    if (!may_reach(spec, output, map)) continue;
    const auto candidates = inference.candidates(output);
    if (candidates.empty()) continue;
    by_size[output.size].emplace_back(choose(candidates, output), &output);
  }
  std::vector<InferredType> out;
  for (auto& [size, group] : by_size) {
    std::ranges::move(tell_apart(std::move(group)), std::back_inserter(out));
  }
  return out;
}

}  // namespace skep::stream
