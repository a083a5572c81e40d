// What each classic instruction does: net/core/filter.c (bpf_convert_filter, bpf_check_classic) and
// Documentation/networking/filter.rst.
#include "skep/classic.hpp"

#include <optional>
#include <vector>

#include "base/error.hpp"

namespace skep::assembly {
namespace {

constexpr std::size_t most_instructions = 4096;  // BPF_MAXINSNS
constexpr std::uint32_t scratch_words = 16;      // BPF_MEMWORDS

// The lower three bits of the code, and what the others mean in each class.
enum ClassicClass : std::uint16_t { ld, ldx, st, stx, alu, jmp, ret, misc };
constexpr std::uint16_t mode_imm = 0x00, mode_abs = 0x20, mode_ind = 0x40, mode_mem = 0x60,
                        mode_len = 0x80, mode_msh = 0xa0;
constexpr std::uint16_t by_x = 0x08, return_a = 0x10, neg_code = 0x80, txa = 0x80;

// Beyond this offset stands what is known of the packet (SKF_AD_OFF), not the packet.
constexpr std::uint32_t ancillary = 0xfffff000;
enum Ancillary : std::uint32_t {
  ad_protocol = 0,
  ad_pkttype = 4,
  ad_ifindex = 8,
  ad_nlattr = 12,
  ad_nlattr_nest = 16,
  ad_mark = 20,
  ad_queue = 24,
  ad_hatype = 28,
  ad_rxhash = 32,
  ad_cpu = 36,
  ad_alu_xor_x = 40,
  ad_vlan_tag = 44,
  ad_vlan_tag_present = 48,
  ad_pay_offset = 52,
  ad_random = 56,
  ad_vlan_tpid = 60,
};

// Offsets in struct __sk_buff.
constexpr int skb_len = 0, skb_pkt_type = 4, skb_mark = 8, skb_queue_mapping = 12,
              skb_protocol = 16, skb_vlan_present = 20, skb_vlan_tci = 24, skb_vlan_proto = 28,
              skb_ifindex = 40, skb_hash = 68;

constexpr Register a = r0, x = r7, context = r6;
constexpr HalfRegister half_a = w0, half_x = w7, half_saved = w8;

std::uint16_t class_of(const ClassicInsn& insn) { return insn.code & 0x07; }
std::uint16_t mode_of(const ClassicInsn& insn) { return insn.code & 0xe0; }

std::optional<Width> width_of(const ClassicInsn& insn) {
  switch (insn.code & 0x18) {
    case 0x00:
      return u32;
    case 0x08:
      return u16;
    case 0x10:
      return u8;
    default:
      return std::nullopt;
  }
}

Memory scratch(std::uint32_t word) { return r10[-4 * (std::int64_t{scratch_words} - word)]; }

std::string label_of(std::size_t instruction) { return fmt::format("L{}", instruction); }

class Translator {
 public:
  explicit Translator(std::span<const ClassicInsn> filter)
      : filter_(filter), is_reached_(filter.size()), is_target_(filter.size()) {}

  Result<Code> run() {
    if (filter_.empty() || filter_.size() > most_instructions) {
      return fail(ErrorKind::bad_input, "a classic filter of {} instructions; 1 to {} are possible",
                  filter_.size(), most_instructions);
    }
    for (at_ = 0; at_ < filter_.size(); ++at_) SKEP_CHECK(check());
    if (class_of(filter_.back()) != ret) {
      at_ = filter_.size() - 1;
      return refuse("the last one is no return");
    }
    find_reached();
    begin();
    for (at_ = 0; at_ < filter_.size(); ++at_) {
      if (!is_reached_[at_]) continue;  // the verifier takes no code that nothing leads to
      if (is_target_[at_]) code_.push_back(label(label_of(at_)));
      translate();
    }
    return std::move(code_);
  }

 private:
  [[nodiscard]] std::unexpected<Error> refuse(std::string_view why) const {
    return fail(ErrorKind::bad_input, "classic instruction {} (code {:#x}, k {:#x}): {}", at_,
                filter_[at_].code, filter_[at_].k, why);
  }

  // --- What the kernel refuses --------------------------------------------------------------

  [[nodiscard]] Result<void> check() const {
    const auto& insn = filter_[at_];
    switch (class_of(insn)) {
      case ld:
      case ldx:
        return check_load(insn);
      case st:
      case stx:
        if (insn.code > 0x07) return refuse("no such instruction");
        return check_scratch(insn);
      case alu:
        return check_alu(insn);
      case jmp:
        return check_jump(insn);
      case ret:
        if (insn.code != ret && insn.code != (ret | return_a)) {
          return refuse("a filter returns k or A");
        }
        return {};
      default:
        if (insn.code != misc && insn.code != (misc | txa)) return refuse("no such instruction");
        return {};
    }
  }

  [[nodiscard]] Result<void> check_scratch(const ClassicInsn& insn) const {
    if (insn.k < scratch_words) return {};
    return refuse("M[] has 16 words");
  }

  [[nodiscard]] Result<void> check_load(const ClassicInsn& insn) const {
    const auto width = width_of(insn);
    if (insn.code > 0xff || !width) return refuse("no such load");
    const bool is_x = class_of(insn) == ldx;
    const bool is_word = *width == u32;
    switch (mode_of(insn)) {
      case mode_imm:
      case mode_len:
        return is_word ? Result<void>() : refuse("it loads whole words");
      case mode_mem:
        if (!is_word) return refuse("it loads whole words");
        return check_scratch(insn);
      case mode_abs:
        if (is_x) return refuse("X is not loaded from the packet so");
        return insn.k >= ancillary ? check_ancillary(insn) : Result<void>();
      case mode_ind:
        return is_x ? refuse("X is not loaded from the packet so") : Result<void>();
      case mode_msh:
        if (is_x && *width == u8) return {};
        break;
      default:
        break;
    }
    return refuse("no such load");
  }

  [[nodiscard]] Result<void> check_ancillary(const ClassicInsn& insn) const {
    const auto what = insn.k - ancillary;
    if (what % 4 != 0 || what > ad_vlan_tpid) return refuse("nothing is known of a packet there");
    const bool is_lacking =
        what == ad_nlattr || what == ad_nlattr_nest || what == ad_hatype || what == ad_pay_offset;
    if (!is_lacking) return {};
    return std::unexpected(refuse("eBPF programs cannot ask for that (SKF_AD_NLATTR, _NLATTR_NEST, "
                                  "_HATYPE, _PAY_OFFSET)")
                               .error()
                               .as(ErrorKind::unsupported));
  }

  [[nodiscard]] Result<void> check_alu(const ClassicInsn& insn) const {
    const auto operation = insn.code & 0xf0;
    if (insn.code > 0xff || operation > 0xa0) return refuse("no such operation");
    if (operation == neg_code) {
      return (insn.code & by_x) == 0 ? Result<void>() : refuse("no such operation");
    }
    if ((insn.code & by_x) != 0) return {};
    const bool divides = operation == 0x30 || operation == 0x90;
    if (divides && insn.k == 0) return refuse("it divides by 0");
    const bool shifts = operation == 0x60 || operation == 0x70;
    if (shifts && insn.k >= 32) return refuse("it shifts by 32 bits or more");
    return {};
  }

  [[nodiscard]] Result<void> check_jump(const ClassicInsn& insn) const {
    const auto left = filter_.size() - at_ - 1;  // instructions behind this one
    const auto operation = insn.code & 0xf0;
    if (insn.code > 0x4f || (operation == 0 && (insn.code & by_x) != 0)) {
      return refuse("no such jump");
    }
    const bool is_inside = operation == 0 ? insn.k < left : insn.jt < left && insn.jf < left;
    return is_inside ? Result<void>() : refuse("it jumps behind the end");
  }

  // --- Where code goes ------------------------------------------------------------------------

  // Jumps lead forwards only, so one walk finds all.
  void find_reached() {
    is_reached_[0] = true;
    for (std::size_t i = 0; i < filter_.size(); ++i) {
      if (!is_reached_[i]) continue;
      const auto& insn = filter_[i];
      if (class_of(insn) == ret) continue;
      if (class_of(insn) != jmp) {
        is_reached_[i + 1] = true;
      } else if ((insn.code & 0xf0) == 0) {
        reach(i + 1 + insn.k);
      } else {
        reach(i + 1 + insn.jt);
        reach(i + 1 + insn.jf);
      }
    }
  }

  void reach(std::size_t target) { is_reached_[target] = is_target_[target] = true; }

  // --- The code -------------------------------------------------------------------------------

  template <typename... Operations>
  void put(Operations... operations) {
    (code_.push_back(std::move(operations)), ...);
  }

  [[nodiscard]] Place here() const { return {"classic", static_cast<std::uint32_t>(at_ + 1)}; }

  void begin() {
    put(mov(context, r1, here()), mov(half_a, 0, here()), mov(half_x, 0, here()));
    std::uint32_t read = 0;  // a bit for each word
    for (std::size_t i = 0; i < filter_.size(); ++i) {
      const auto& insn = filter_[i];
      const bool loads = class_of(insn) == ld || class_of(insn) == ldx;
      if (is_reached_[i] && loads && mode_of(insn) == mode_mem) read |= 1U << insn.k;
    }
    for (std::uint32_t i = 0; i < scratch_words; ++i) {
      if ((read >> i & 1U) != 0) put(store(u32, scratch(i), 0, here()));
    }
  }

  void translate() {
    const auto& insn = filter_[at_];
    switch (class_of(insn)) {
      case ld:
        return translate_load(insn);
      case ldx:
        return translate_load_x(insn);
      case st:
        return put(store(u32, scratch(insn.k), a, here()));
      case stx:
        return put(store(u32, scratch(insn.k), x, here()));
      case alu:
        return translate_alu(insn);
      case jmp:
        return translate_jump(insn);
      case ret:
        if (insn.code == ret) put(mov(half_a, insn.k, here()));
        return put(exit(here()));
      default:
        return put(insn.code == misc ? mov(half_x, half_a, here()) : mov(half_a, half_x, here()));
    }
  }

  void translate_load(const ClassicInsn& insn) {
    switch (mode_of(insn)) {
      case mode_imm:
        return put(mov(half_a, insn.k, here()));
      case mode_len:
        return put(load(a, u32, context[skb_len], here()));
      case mode_mem:
        return put(load(a, u32, scratch(insn.k), here()));
      case mode_ind:
        return put(load_ind(*width_of(insn), x, insn.k, here()));
      default:
        if (insn.k >= ancillary) return translate_ancillary(insn.k - ancillary);
        return put(load_abs(*width_of(insn), insn.k, here()));
    }
  }

  void translate_load_x(const ClassicInsn& insn) {
    switch (mode_of(insn)) {
      case mode_imm:
        return put(mov(half_x, insn.k, here()));
      case mode_len:
        return put(load(x, u32, context[skb_len], here()));
      case mode_mem:
        return put(load(x, u32, scratch(insn.k), here()));
      default:  // the length of an IPv4 header, from its first byte
        return put(mov(half_saved, half_a, here()), load_abs(u8, insn.k, here()),
                   and_(half_a, 0xf, here()), lsh(half_a, 2, here()), mov(half_x, half_a, here()),
                   mov(half_a, half_saved, here()));
    }
  }

  void translate_ancillary(std::uint32_t what) {
    const auto field = [&](int offset) { put(load(a, u32, context[offset], here())); };
    switch (what) {
      case ad_protocol:
        field(skb_protocol);
        return put(to_be(a, 16, here()));
      case ad_pkttype:
        return field(skb_pkt_type);
      case ad_ifindex:  // without an interface the classic filter ends with 0
        field(skb_ifindex);
        return end_without(half_a);
      case ad_mark:
        return field(skb_mark);
      case ad_queue:
        return field(skb_queue_mapping);
      case ad_rxhash:
        return field(skb_hash);
      case ad_cpu:
        return put(call("bpf_get_smp_processor_id", here()));
      case ad_alu_xor_x:
        return put(xor_(half_a, half_x, here()));
      case ad_vlan_tag:
        return field(skb_vlan_tci);
      case ad_vlan_tag_present:
        return field(skb_vlan_present);
      case ad_random:
        return put(call("bpf_get_prandom_u32", here()));
      default:
        field(skb_vlan_proto);
        return put(to_be(a, 16, here()));
    }
  }

  void translate_alu(const ClassicInsn& insn) {
    const auto operation = insn.code & 0xf0;
    if (operation == neg_code) return put(neg(half_a, here()));
    if ((insn.code & by_x) == 0) {
      return put(arithmetic(static_cast<Alu>(operation), half_a, insn.k, false, here()));
    }
    const bool divides = operation == 0x30 || operation == 0x90;
    if (divides) end_without(half_x);  // by 0: the filter ends with 0
    put(arithmetic(static_cast<Alu>(operation), half_a, half_x, false, here()));
  }

  void translate_jump(const ClassicInsn& insn) {
    if ((insn.code & 0xf0) == 0) return go_to(insn.k);
    if (insn.jt == insn.jf) return go_to(insn.jt);
    const Operand<HalfRegister> by =
        (insn.code & by_x) != 0 ? Operand<HalfRegister>(half_x) : Operand<HalfRegister>(insn.k);
    auto condition = static_cast<Condition>(insn.code & 0xf0);
    auto taken = insn.jt, other = insn.jf;
    if (taken == 0) {
      if (const auto opposite = opposite_of(condition)) {
        condition = *opposite;
        std::swap(taken, other);
      }
    }
    put(jump_if(condition, half_a, by, target(taken), here()));
    go_to(other);
  }

  static std::optional<Condition> opposite_of(Condition condition) {
    switch (condition) {
      case Condition::eq:
        return Condition::ne;
      case Condition::gt:
        return Condition::le;
      case Condition::ge:
        return Condition::lt;
      default:
        return std::nullopt;
    }
  }

  [[nodiscard]] std::string target(std::size_t skip) const { return label_of(at_ + 1 + skip); }
  void go_to(std::size_t skip) {
    if (skip != 0) put(ja(target(skip), here()));
  }

  // Returns 0 where the register is 0.
  void end_without(HalfRegister needed) {
    const auto past = fmt::format("M{}", ++made_);
    put(jne(needed, 0, past, here()), mov(half_a, 0, here()), exit(here()), label(past, here()));
  }

  std::span<const ClassicInsn> filter_;
  std::vector<bool> is_reached_, is_target_;
  Code code_;
  std::size_t at_ = 0, made_ = 0;
};

}  // namespace

Result<Code> from_classic(std::span<const ClassicInsn> filter) { return Translator(filter).run(); }

}  // namespace skep::assembly
