#include "object/complete_externs.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/error.hpp"

namespace skep::object {
namespace {

// struct btf_var_secinfo: type, offset, size.
constexpr std::uint32_t place_words = 3;

std::uint32_t place_of(std::uint32_t index) { return word_more + place_words * index; }

bool is_section(const RawTypes& types, btf::TypeId id, std::string_view name) {
  return types.kind(id) == btf::Kind::datasec && types.name(id) == name;
}

bool has_function(const RawTypes& types, btf::TypeId section) {
  for (std::uint32_t i = 0; i < types.vlen(section); ++i) {
    const auto id = types.word(section, place_of(i));
    if (id != 0 && id < types.end_id() && types.kind(id) == btf::Kind::func) return true;
  }
  return false;
}

// The first integer of 32 bits; void when there is none.
btf::TypeId find_int(const RawTypes& types) {
  for (btf::TypeId id = 1; id < types.end_id(); ++id) {
    const bool is_int = types.kind(id) == btf::Kind::int_;
    if (is_int && (types.word(id, word_more) & 0xff) == 32) return id;
  }
  return 0;
}

class ExternCompletion {
 public:
  ExternCompletion(RawTypes& types, std::span<const ExternSpec> externs)
      : types_(types), int_(find_int(types)) {
    for (const auto& item : externs) by_name_.emplace(item.name, &item);
    const auto is_value = [](const ExternSpec& item) {
      return item.kind == ExternSpec::Kind::kconfig;
    };
    has_kconfig_ = std::ranges::any_of(externs, is_value);
    has_ksyms_ = !std::ranges::all_of(externs, is_value);
  }

  // `stand_in`: the variable for functions, and where its name is; 0 when there are none.
  Result<void> run(btf::TypeId stand_in, std::uint32_t stand_in_string) {
    stand_in_ = stand_in;
    stand_in_string_ = stand_in_string;
    for (btf::TypeId id = 1; id < types_.end_id(); ++id) {
      if (has_ksyms_ && is_section(types_, id, ".ksyms")) SKEP_CHECK(complete_ksyms(id));
      if (has_kconfig_ && is_section(types_, id, ".kconfig")) SKEP_CHECK(complete_kconfig(id));
    }
    return {};
  }

 private:
  // The extern that a place in a section is about.
  Result<const ExternSpec*> extern_at(btf::TypeId section, std::uint32_t index) const {
    const auto id = types_.word(section, place_of(index));
    const bool exists = id != 0 && id < types_.end_id();
    const auto kind = exists ? types_.kind(id) : btf::Kind::void_;
    if (kind == btf::Kind::var || kind == btf::Kind::func) {
      const auto found = by_name_.find(types_.name(id));
      const bool is_function = kind == btf::Kind::func;
      if (found != by_name_.end() &&
          (found->second->kind == ExternSpec::Kind::function) == is_function) {
        return found->second;
      }
      return fail(ErrorKind::bad_input, "BTF of section {} names '{}', which is no extern",
                  types_.name(section), types_.name(id));
    }
    return fail(ErrorKind::bad_input, "BTF of section {}: type {} is no variable and no function",
                types_.name(section), id);
  }

  Result<void> complete_ksyms(btf::TypeId section) {
    const auto count = types_.vlen(section);
    for (std::uint32_t i = 0; i < count; ++i) {
      SKEP_TRY(const auto* item, extern_at(section, i));
      const auto id = types_.word(section, place_of(i));
      if (item->kind == ExternSpec::Kind::function) {
        SKEP_CHECK(complete_function(id));
        types_.set_word(section, place_of(i), stand_in_);
      } else {
        types_.set_word(id, word_size, int_);
        set_linkage(id, btf::Linkage::global);
      }
      types_.set_word(section, place_of(i) + 1, i * int_bytes);
      types_.set_word(section, place_of(i) + 2, int_bytes);
    }
    types_.set_word(section, word_size, count * int_bytes);
    return {};
  }

  // A global function's parameters must have names: any will do.
  Result<void> complete_function(btf::TypeId id) {
    const auto prototype = types_.word(id, word_size);
    const bool exists = prototype != 0 && prototype < types_.end_id();
    if (!exists || types_.kind(prototype) != btf::Kind::func_proto) {
      return fail(ErrorKind::bad_input, "BTF: function '{}' has no prototype", types_.name(id));
    }
    for (std::uint32_t i = 0; i < types_.vlen(prototype); ++i) {
      const auto name = word_more + 2 * i;
      const bool is_nameless = types_.word(prototype, name) == 0;
      if (is_nameless && types_.word(prototype, name + 1) != 0) {
        types_.set_word(prototype, name, stand_in_string_);
      }
    }
    const auto info = types_.word(id, word_info) & ~0xffffU;
    types_.set_word(id, word_info, info | static_cast<std::uint32_t>(btf::Linkage::global));
    return {};
  }

  Result<void> complete_kconfig(btf::TypeId section) {
    std::uint32_t end = 0;
    for (const auto& [name, item] : by_name_) {
      if (item->kind == ExternSpec::Kind::kconfig) end = std::max(end, item->offset + item->size);
    }
    types_.set_word(section, word_size, end);
    for (std::uint32_t i = 0; i < types_.vlen(section); ++i) {
      SKEP_TRY(const auto* item, extern_at(section, i));
      set_linkage(types_.word(section, place_of(i)), btf::Linkage::global);
      types_.set_word(section, place_of(i) + 1, item->offset);
    }
    return {};
  }

  void set_linkage(btf::TypeId variable, btf::Linkage linkage) {
    types_.set_word(variable, word_more, static_cast<std::uint32_t>(linkage));
  }

  static constexpr std::uint32_t int_bytes = 4;

  RawTypes& types_;
  btf::TypeId int_;
  btf::TypeId stand_in_ = 0;
  std::uint32_t stand_in_string_ = 0;
  std::unordered_map<std::string_view, const ExternSpec*> by_name_;
  bool has_kconfig_ = false, has_ksyms_ = false;
};

}  // namespace

Result<void> complete_externs(const RawTypes& types, std::vector<std::byte>& bytes,
                              std::span<const ExternSpec> externs) {
  btf::TypeId stand_in = 0;
  std::uint32_t string = 0;
  for (btf::TypeId id = 1; id < types.end_id() && stand_in == 0; ++id) {
    if (!is_section(types, id, ".ksyms") || !has_function(types, id)) continue;
    stand_in = types.end_id();
    string = types.end_of_strings();
    bytes = types.with_variable(stand_in_name, btf::Linkage::global, find_int(types));
  }
  if (externs.empty()) return {};
  auto found = RawTypes::find(bytes);
  return ExternCompletion(*found, externs).run(stand_in, string);
}

}  // namespace skep::object
