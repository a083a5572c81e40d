#include "btf/sanitise.hpp"

#include <algorithm>
#include <list>

#include "btf/data.hpp"
#include "btf/encode.hpp"

namespace skep::btf {
namespace {

bool starts_with_question_mark(const Type& type) noexcept {
  return type.is(Kind::datasec) && type.name().starts_with('?');
}

class Sanitiser {
 public:
  Sanitiser(const Btf& types, const Features& known) : types_(types), known_(known) {}

  std::vector<std::byte> run() {
    Encoder out{Strings(Access::data(types_).strings)};
    for (TypeId id = 1; id < types_.end_id(); ++id) out.add(rewrite(types_.type(id)));
    if (needs_placeholder_) out.add(byte_named("enum64_placeholder"));
    return out.build();
  }

 private:
  // One byte is the safest size: a variable may be as small.
  static Definition byte_named(std::string_view name) {
    return {.kind = Kind::int_, .name = name, .size = 1, .int_bits = 8};
  }

  Definition rewrite(const Type& type) {
    Definition out = definition_of(type);
    switch (type.kind()) {
      case Kind::var:
        return known_.sections ? out : byte_named(type.name());
      case Kind::decl_tag:
        return known_.decl_tags ? out : byte_named(type.name());
      case Kind::datasec:
        return rewrite_section(type, std::move(out));
      case Kind::func_proto:
        if (!known_.functions) return enum_of(type);
        return out;
      case Kind::func:
        if (!known_.functions) {
          return {.kind = Kind::typedef_, .name = type.name(), .target = type.target()};
        }
        if (!known_.global_functions) out.linkage = Linkage::static_;
        return out;
      case Kind::float_:  // without a name, since "float" is none for a struct
        return known_.floats ? out : Definition{.kind = Kind::struct_, .size = type.size()};
      case Kind::type_tag:
        return known_.type_tags ? out : Definition{.kind = Kind::const_, .target = type.target()};
      case Kind::enum_:
        out.kind_flag = out.kind_flag && known_.enum64;
        return out;
      case Kind::enum64:
        return known_.enum64 ? out : union_of(type);
      default:
        return out;
    }
  }

  // A section becomes a struct, its variables the members.
  Definition rewrite_section(const Type& type, Definition section) {
    if (known_.sections) {
      const bool rename = !known_.question_mark_sections && starts_with_question_mark(type);
      if (rename) section.name = keep('_' + std::string(type.name().substr(1)));
      return section;
    }
    std::string name(type.name());
    std::ranges::replace_if(name, [](char c) { return c == '.' || c == '?'; }, '_');
    Definition out{.kind = Kind::struct_, .name = keep(std::move(name)), .size = type.size()};
    for (const auto& variable : type.variables()) {
      out.members.push_back(
          {types_.type(variable.type).name(), variable.type, variable.offset * 8, 0});
    }
    return out;
  }

  // Nobody looks at it: it only must be there under its id.
  static Definition enum_of(const Type& prototype) {
    Definition out{.kind = Kind::enum_, .size = 4};
    for (const auto& parameter : prototype.parameters()) {
      out.enumerators.push_back({parameter.name, parameter.type});
    }
    return out;
  }

  Definition union_of(const Type& type) {
    needs_placeholder_ = true;
    Definition out{.kind = Kind::union_, .name = type.name(), .size = type.size()};
    for (const auto& one : type.enumerators()) {
      out.members.push_back({one.name, types_.end_id(), 0, 0});
    }
    return out;
  }

  std::string_view keep(std::string name) { return names_.emplace_back(std::move(name)); }

  const Btf& types_;
  const Features& known_;
  std::list<std::string> names_;  // those that are not of types_
  bool needs_placeholder_ = false;
};

}  // namespace

Features features_used(const Btf& types) {
  Features used{false, false, false, false, false, false, false, false};
  for (TypeId id = 1; id < types.end_id(); ++id) {
    const Type type = types.type(id);
    const auto uses = [&](bool Features::* feature) { used.*feature = true; };
    if (type.is(Kind::func) || type.is(Kind::func_proto)) uses(&Features::functions);
    if (type.is(Kind::func) && type.linkage() != Linkage::static_) {
      uses(&Features::global_functions);
    }
    if (type.is(Kind::var) || type.is(Kind::datasec)) uses(&Features::sections);
    if (type.is(Kind::float_)) uses(&Features::floats);
    if (type.is(Kind::decl_tag)) uses(&Features::decl_tags);
    if (type.is(Kind::type_tag)) uses(&Features::type_tags);
    if (type.is(Kind::enum64)) uses(&Features::enum64);
    if (type.is(Kind::enum_) && type.kind_flag()) uses(&Features::enum64);
    if (starts_with_question_mark(type)) uses(&Features::question_mark_sections);
  }
  return used;
}

std::string names_of_missing(const Features& known) {
  constexpr std::string_view names[] = {"FUNC",   "DATASEC",     "the linkage of a FUNC",
                                        "FLOAT",  "DECL_TAG",    "TYPE_TAG",
                                        "ENUM64", "DATASEC '?…'"};
  std::string out;
  for (std::size_t i = 0; i < std::size(all_features); ++i) {
    if (known.*all_features[i]) continue;
    if (!out.empty()) out += ", ";
    out += names[i];
  }
  return out;
}

std::vector<std::byte> sanitise(const Btf& types, const Features& known) {
  return Sanitiser(types, known).run();
}

std::vector<std::byte> probe_of(bool Features::* feature) {
  Encoder out;
  const TypeId number =
      out.add({.kind = Kind::int_, .name = "int", .size = 4, .is_signed = true, .int_bits = 32});
  const auto add_function = [&](Linkage linkage) {
    const auto prototype =
        out.add({.kind = Kind::func_proto, .target = number, .parameters = {{"a", number}}});
    out.add({.kind = Kind::func, .name = "f", .target = prototype, .linkage = linkage});
  };
  const auto add_section = [&](std::string_view name) {
    const auto variable =
        out.add({.kind = Kind::var, .name = "v", .target = number, .linkage = Linkage::global});
    out.add({.kind = Kind::datasec, .name = name, .size = 4, .variables = {{variable, 0, 4}}});
  };
  if (feature == &Features::functions) add_function(Linkage::static_);
  if (feature == &Features::global_functions) add_function(Linkage::global);
  if (feature == &Features::sections) add_section(".data");
  if (feature == &Features::question_mark_sections) add_section("?.data");
  if (feature == &Features::floats) out.add({.kind = Kind::float_, .name = "float", .size = 4});
  if (feature == &Features::decl_tags) {
    const auto target =
        out.add({.kind = Kind::struct_, .name = "s", .size = 4, .members = {{"m", number, 0, 0}}});
    out.add({.kind = Kind::decl_tag, .name = "tag", .target = target});
  }
  if (feature == &Features::type_tags) {
    out.add({.kind = Kind::ptr,
             .target = out.add({.kind = Kind::type_tag, .name = "tag", .target = number})});
  }
  if (feature == &Features::enum64) {
    out.add({.kind = Kind::enum64, .name = "e", .size = 8, .enumerators = {{"one", 1}}});
  }
  return out.build();
}

}  // namespace skep::btf
