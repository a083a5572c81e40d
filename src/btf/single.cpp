// One type on its own: its declaration, and its name.
#include "base/error.hpp"
#include "btf/print.hpp"
#include "btf/writer.hpp"

namespace skep::btf {

Result<std::string> print_type(const Btf& types, TypeId id) {
  if (!types.contains(id)) return fail(ErrorKind::invalid_argument, "there is no BTF type {}", id);
  Writer writer(types, Names(), {.limit = 1UL << 20});
  const Type type = types.type(id);
  const std::string name = identifier(type.name());
  switch (type.kind()) {
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
      return writer.define(type, name);
    case Kind::typedef_: {
      SKEP_TRY(const auto text, writer.declare(type.target(), name));
      return "typedef " + text;
    }
    case Kind::func:
    case Kind::var:
      return writer.declare(type.target(), name);
    default:
      return writer.declare(id, "");
  }
}

}  // namespace skep::btf

namespace skep {

std::string Btf::c_name(btf::TypeId id) const {
  using btf::Kind;
  const auto type = this->type(id);
  const bool is_thing = type.is(Kind::func) || type.is(Kind::var);
  if (type.is(Kind::datasec) || type.is(Kind::decl_tag)) return std::string(type.name());
  btf::Writer writer(*this, btf::Names(), {.bodies = false, .tags = false, .limit = 4096});
  auto text = is_thing ? writer.declare(type.target(), type.name()) : writer.declare(id, "");
  return text ? *std::move(text) : fmt::format("({} of BTF type {})", name_of(type.kind()), id);
}

}  // namespace skep
