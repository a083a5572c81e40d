// btf/writer.hpp: C text for single types: declarations, and definitions with their layout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "btf/layout.hpp"
#include "btf/names.hpp"
#include "skep/btf.hpp"

namespace skep::btf {

class Writer {
 public:
  struct Options {
    bool bodies = true;               // anonymous structs in full, not as "struct {...}"
    bool tags = true;                 // type tags, as attributes
    std::size_t limit = 256UL << 20;  // bytes of text: hostile types nest without end
  };

  Writer(const Btf& types, Names names, Options options)
      : types_(types), names_(std::move(names)), options_(options), alignments_(types) {}

  // A declaration of `name` with type `id`: "const char *name[4]". `indent` is that of the line it
  // stands in, in tabs. An empty name gives the type alone.
  [[nodiscard]] Result<std::string> declare(TypeId id, std::string_view name, unsigned indent = 0);

  // "struct foo {\n …}" with attributes, for a struct, union, enum or enum64. `tag`: as it is to be
  // called, empty for an anonymous one.
  [[nodiscard]] Result<std::string> define(const Type& type, std::string_view tag,
                                           unsigned indent = 0);

  [[nodiscard]] Names& names() noexcept { return names_; }

 private:
  Result<std::string> base(const Type& type, unsigned indent);
  Result<std::string> tagged(const Type& type, unsigned indent);
  Result<std::string> parameters(const Type& prototype, unsigned indent);
  Result<std::string> composite(const Type& type, std::string_view tag, unsigned indent);
  Result<std::string> members(const Type& type, bool packed, unsigned indent);
  Result<std::string> member(const Member& member, unsigned indent);
  std::string enumeration(const Type& type, std::string_view tag, unsigned indent);
  Result<void> spend(TypeId id, std::size_t bytes);

  Btf types_;
  Names names_;
  Options options_;
  Alignments alignments_;
  unsigned depth_ = 0;     // of anonymous types and parameter lists
  std::size_t spent_ = 0;  // bytes of text
};

}  // namespace skep::btf
