// The order of declarations. C needs a whole definition where a type is used by value, and a
// name where it is only pointed to; what a struct needs is printed before it. The rules of
// bpftool's printer (tools/lib/bpf/btf_dump.c) are the reference to agree with.
#include "btf/print.hpp"

#include <utility>
#include <vector>

#include "base/error.hpp"
#include "btf/data.hpp"
#include "btf/writer.hpp"

namespace skep::btf {
namespace {

// Definitions that wait for others: a kernel stays below a hundred.
constexpr unsigned deepest = 1000;

constexpr std::string_view head = R"(#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#endif

)";

// As in bpftool's: whoever declares kernel functions himself can leave ours out.
constexpr std::string_view functions_head = R"(#ifndef BPF_NO_KFUNC_PROTOTYPES
#ifndef __ksym
#define __ksym __attribute__((section(".ksyms")))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

)";
constexpr std::string_view functions_tail = "\n#endif /* BPF_NO_KFUNC_PROTOTYPES */\n\n";

constexpr std::string_view tail = R"(#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

#endif /* __VMLINUX_H__ */
)";

// In C23 bool, true and false are words of the language.
constexpr std::string_view before_c23 = "#if __STDC_VERSION__ < 202311L\n";
constexpr std::string_view after_c23 = "#endif\n";

bool defines_truth(const Type& type) {
  if (type.is(Kind::typedef_)) return type.name() == "bool";
  if (!type.is_any_enum() || !type.name().empty() || type.vlen() != 2) return false;
  return type.enumerator(0).name == "false" && type.enumerator(1).name == "true";
}

class Header {
 public:
  explicit Header(const Btf& types)
      : types_(types),
        writer_(types, Names(types), {.limit = (1UL << 20) + 8 * types.bytes().size()}),
        states_(types.end_id()),
        members_(types.end_id()) {}

  Result<std::string> print() {
    out_ += head;
    for (TypeId id = 1; id < types_.end_id(); ++id) SKEP_CHECK(print_named(types_.type(id)));
    // Enumerators without an enum's name that nothing holds: constants.
    for (TypeId id = 1; id < types_.end_id(); ++id) {
      const Type type = types_.type(id);
      if (type.is_any_enum() && states_[id] == State::nothing) SKEP_CHECK(define(type));
    }
    SKEP_CHECK(print_functions());
    out_ += tail;
    return std::move(out_);
  }

 private:
  // What is printed of a type already. `waiting`: its definition waits for those it needs.
  enum class State : std::uint8_t { nothing, declared, waiting, waiting_declared, defined };
  enum class Members : std::uint8_t { unknown, waiting, ready };
  enum class Use : std::uint8_t { by_name, by_value };

  Result<void> print_named(const Type& type) {
    if (type.name().empty()) return {};
    if (type.is_composite() || type.is_any_enum()) return need(type.id(), Use::by_value);
    if (type.is(Kind::typedef_)) return need(type.id(), Use::by_name);
    return {};
  }

  // The kernel's functions that programs may call: those with a declaration tag "bpf_kfunc".
  Result<void> print_functions() {
    std::vector<Type> functions;
    std::vector<bool> fast(types_.end_id());
    for (TypeId id = 1; id < types_.end_id(); ++id) {
      const Type tag = types_.type(id);
      if (!tag.is(Kind::decl_tag) || tag.component() != -1) continue;
      const Type function = types_.type(tag.target());
      if (!function.is(Kind::func) || function.name().empty()) continue;
      if (tag.name() == "bpf_kfunc") functions.push_back(function);
      if (tag.name() == "bpf_fastcall") fast[function.id()] = true;
    }
    if (functions.empty()) return {};
    for (const auto& function : functions) {
      SKEP_CHECK(need(function.target(), Use::by_name));
    }
    out_ += functions_head;
    for (const auto& function : functions) {
      SKEP_TRY(const auto text, writer_.declare(function.target(), identifier(function.name())));
      out_ += fmt::format("extern {} __weak __ksym{};\n", text,
                          fast[function.id()] ? " __bpf_fastcall" : "");
    }
    out_ += functions_tail;
    return {};
  }

  Result<void> need(TypeId id, Use use) {
    if (++depth_ > deepest) {
      return fail(ErrorKind::bad_input, "BTF type {}: needs more than {} types before it", id,
                  deepest);
    }
    SKEP_CHECK(need_at_depth(id, use));
    --depth_;
    return {};
  }

  Result<void> need_at_depth(TypeId id, Use use) {
    for (unsigned step = 0; step <= longest_chain; ++step) {
      const Type type = types_.type(id);
      switch (type.kind()) {
        case Kind::const_:
        case Kind::volatile_:
        case Kind::restrict_:
        case Kind::type_tag:
          break;
        case Kind::ptr:
          use = Use::by_name;
          break;
        case Kind::array:
          use = Use::by_value;
          break;  // also where only pointed to
        case Kind::func_proto:
          for (const auto& parameter : type.parameters()) {
            SKEP_CHECK(need(parameter.type, Use::by_name));
          }
          use = Use::by_name;
          break;
        default:
          return need_base(type, use);
      }
      id = type.target();
    }
    return fail(ErrorKind::bad_input, "BTF type {}: goes round", id);
  }

  Result<void> need_base(const Type& type, Use use) {
    switch (type.kind()) {
      case Kind::int_:
      case Kind::float_:
        return need_scalar(type);
      case Kind::enum_:
      case Kind::enum64:
        return need_enum(type);
      case Kind::typedef_:
        return need_typedef(type, use);
      case Kind::fwd:
        return declare_tag(type, type.kind_flag() ? "union" : "struct");
      case Kind::struct_:
      case Kind::union_:
        if (type.name().empty()) return need_body(type);
        if (use == Use::by_name) return declare_tag(type, name_of(type.kind()));
        return need_definition(type);
      default:
        return {};
    }
  }

  Result<void> need_scalar(const Type& type) {
    State& state = states_[type.id()];
    if (state == State::defined || type.name().empty() || is_c_scalar(type)) return {};
    state = State::defined;
    out_ += fmt::format("typedef {};\n\n", equivalent_scalar(type, writer_.names().of(type)));
    return {};
  }

  // An anonymous one is printed where it is used.
  Result<void> need_enum(const Type& type) {
    if (!type.name().empty() && states_[type.id()] == State::nothing) return define(type);
    states_[type.id()] = State::defined;
    return {};
  }

  Result<void> need_typedef(const Type& type, Use use) {
    if (type.name() == builtin_va_list) return {};
    State& state = states_[type.id()];
    if (state == State::waiting) {
      return fail(ErrorKind::bad_input, "BTF {} needs itself", describe(type));
    }
    if (state == State::nothing) {
      state = State::waiting;
      const TypeId outer = std::exchange(current_, 0);
      SKEP_CHECK(need(type.target(), Use::by_name));
      current_ = outer;
      SKEP_TRY(const auto text, typedef_text(type));
      const bool truth = defines_truth(type);
      out_ +=
          fmt::format("{}typedef {};\n{}\n", truth ? before_c23 : "", text, truth ? after_c23 : "");
      state = State::declared;
    }
    if (use == Use::by_name || state == State::defined) return {};
    SKEP_CHECK(need(type.target(), Use::by_value));
    state = State::defined;
    return {};
  }

  Result<std::string> typedef_text(const Type& type) {
    // Old gcc gave its va_list no type at all.
    if (type.name() == "__gnuc_va_list" && type.target() == 0) {
      return std::string("__builtin_va_list __gnuc_va_list");
    }
    return writer_.declare(type.target(), writer_.names().of(type));
  }

  Result<void> declare_tag(const Type& type, std::string_view word) {
    State& state = states_[type.id()];
    if (type.name().empty() || type.id() == current_) return {};
    if (state == State::nothing || state == State::waiting) {
      out_ += fmt::format("{} {};\n\n", word, writer_.names().of(type));
      state = state == State::nothing ? State::declared : State::waiting_declared;
    }
    return {};
  }

  Result<void> need_definition(const Type& type) {
    State& state = states_[type.id()];
    if (state == State::defined) return {};
    if (state == State::waiting || state == State::waiting_declared) {
      return fail(ErrorKind::bad_input, "BTF {} contains itself", describe(type));
    }
    state = state == State::declared ? State::waiting_declared : State::waiting;
    const TypeId outer = std::exchange(current_, type.id());
    SKEP_CHECK(need_members(type));
    current_ = outer;
    return define(type);
  }

  // What must stand before a body with these members.
  Result<void> need_members(const Type& type) {
    Members& state = members_[type.id()];
    if (state == Members::ready) return {};
    if (state == Members::waiting) {
      return fail(ErrorKind::bad_input, "BTF {} contains itself", describe(type));
    }
    state = Members::waiting;
    for (std::uint32_t i = 0; i < type.vlen(); ++i) {
      const Member member = type.member(i);
      if (is_embedded(types_, member)) {
        SKEP_CHECK(need_body(types_.strip(member.type)));
      } else {
        SKEP_CHECK(need(written_type(types_, member.type), Use::by_value));
      }
    }
    state = Members::ready;
    return {};
  }

  // Of a body that is written inside others, perhaps several: then no forward may be left out.
  Result<void> need_body(const Type& type) {
    if (++depth_ > deepest) {
      return fail(ErrorKind::bad_input, "BTF {}: nested more than {} deep", describe(type),
                  deepest);
    }
    const TypeId outer = std::exchange(current_, 0);
    SKEP_CHECK(need_members(type));
    current_ = outer;
    --depth_;
    return {};
  }

  Result<void> define(const Type& type) {
    const bool truth = defines_truth(type);
    if (truth) out_ += before_c23;
    SKEP_TRY(const auto text, writer_.define(type, writer_.names().of(type)));
    out_ += text;
    out_ += ";\n";
    if (truth) out_ += after_c23;
    out_ += '\n';
    states_[type.id()] = State::defined;
    return {};
  }

  const Btf& types_;
  Writer writer_;
  std::vector<State> states_;
  std::vector<Members> members_;
  std::string out_;
  unsigned depth_ = 0;
  TypeId current_ = 0;  // the struct being looked at: it needs no forward for itself
};

}  // namespace

Result<std::string> print_header(const Btf& types) { return Header(types).print(); }

}  // namespace skep::btf
