#include "hook/tc_netlink.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_bpf.h>

#include <cerrno>

#include "base/error.hpp"

namespace skep::hook {
namespace {

tcmsg message_at(const TcPlace& place) noexcept {
  tcmsg out{};
  out.tcm_family = AF_UNSPEC;
  out.tcm_ifindex = static_cast<int>(place.interface);
  out.tcm_handle = place.handle;
  const auto minor = place.direction == Direction::ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
  out.tcm_parent = TC_H_MAKE(TC_H_CLSACT, minor);
  out.tcm_info = TC_H_MAKE(std::uint32_t{place.priority} << 16, htons(ETH_P_ALL));
  return out;
}

tcmsg clsact_at(std::uint32_t interface) noexcept {
  tcmsg out{};
  out.tcm_family = AF_UNSPEC;
  out.tcm_ifindex = static_cast<int>(interface);
  out.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0U);
  out.tcm_parent = TC_H_CLSACT;
  return out;
}

const char* kind_of(bool is_action) noexcept { return is_action ? "matchall" : "bpf"; }

void put_classifier(Message& message, const TcProgram& program) {
  message.nest(TCA_OPTIONS, [&] {
    message.put(TCA_BPF_FD, static_cast<std::uint32_t>(program.fd));
    message.put(TCA_BPF_NAME, program.name);
    message.put(TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
  });
}

// A filter that takes every packet, and the program as its only action. What the program leaves
// open (TC_ACT_UNSPEC) is for the next filter to say.
void put_action(Message& message, const TcProgram& program) {
  tc_act_bpf parameters{};
  parameters.action = TC_ACT_UNSPEC;
  message.nest(TCA_OPTIONS, [&] {
    message.nest(TCA_MATCHALL_ACT, [&] {
      message.nest(1, [&] {
        message.put(TCA_ACT_KIND, std::string("bpf"));
        message.nest(TCA_ACT_OPTIONS, [&] {
          message.put(TCA_ACT_BPF_FD, static_cast<std::uint32_t>(program.fd));
          message.put(TCA_ACT_BPF_NAME, program.name);
          message.put_bytes(TCA_ACT_BPF_PARMS, &parameters, sizeof(parameters));
        });
      });
    });
  });
}

// The attribute within attributes within attributes, or nothing.
std::optional<Attributes> deeper(const std::optional<Attributes>& in, std::uint16_t number) {
  const nlattr* nest = in ? in->find(number) : nullptr;
  if (nest == nullptr) return std::nullopt;
  return Attributes(*nest);
}

std::optional<tcmsg> place_of(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWTFILTER) return std::nullopt;
  if (mnl_nlmsg_get_payload_len(&message) < sizeof(tcmsg)) return std::nullopt;
  return *static_cast<const tcmsg*>(mnl_nlmsg_get_payload(&message));
}

// Nothing for what stands for a whole priority and has no filter of its own (handle 0).
std::optional<TcFilter> filter_of(const nlmsghdr& message) {
  const auto place = place_of(message);
  if (!place || place->tcm_handle == 0) return std::nullopt;
  const std::optional<Attributes> all(std::in_place, message, sizeof(tcmsg));
  TcFilter out{.priority = static_cast<std::uint16_t>(place->tcm_info >> 16),
               .handle = place->tcm_handle,
               .kind = all->text(TCA_KIND)};
  const auto options = deeper(all, TCA_OPTIONS);
  if (out.kind == "bpf" && options) {
    out.name = options->text(TCA_BPF_NAME);
    out.program_id = options->u32(TCA_BPF_ID).value_or(0);
  }
  if (const auto action = deeper(deeper(options, TCA_MATCHALL_ACT), 1);
      out.kind == "matchall" && action && action->text(TCA_ACT_KIND) == "bpf") {
    if (const auto of_program = deeper(action, TCA_ACT_OPTIONS)) {
      out.name = of_program->text(TCA_ACT_BPF_NAME);
      out.program_id = of_program->u32(TCA_ACT_BPF_ID).value_or(0);
    }
  }
  return out;
}

}  // namespace

Result<bool> has_clsact(Netlink& netlink, std::uint32_t interface) {
  Message message(RTM_GETQDISC, NLM_F_DUMP);
  message.put(clsact_at(interface));
  bool found = false;
  SKEP_CHECK(netlink.request(message, [&](const nlmsghdr& answer) {
    if (answer.nlmsg_type != RTM_NEWQDISC) return;
    if (mnl_nlmsg_get_payload_len(&answer) < sizeof(tcmsg)) return;
    const auto* qdisc = static_cast<const tcmsg*>(mnl_nlmsg_get_payload(&answer));
    // The kernel may answer for all interfaces.
    found = found ||
            (qdisc->tcm_ifindex == static_cast<int>(interface) && qdisc->tcm_parent == TC_H_CLSACT);
  }));
  return found;
}

Result<bool> make_clsact(Netlink& netlink, std::uint32_t interface) {
  Message message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL);
  message.put(clsact_at(interface));
  message.put(TCA_KIND, std::string("clsact"));
  auto made = netlink.request(message);
  if (made) return true;
  if (made.error().code() == EEXIST) return false;
  return add_context(std::move(made).error(), "make a clsact qdisc");
}

Result<void> delete_clsact(Netlink& netlink, std::uint32_t interface) {
  Message message(RTM_DELQDISC, 0);
  message.put(clsact_at(interface));
  message.put(TCA_KIND, std::string("clsact"));
  auto gone = netlink.request(message);
  if (gone) return {};
  return add_context(std::move(gone).error(), "take the clsact qdisc away");
}

Result<TcPlace> put_filter(Netlink& netlink, TcPlace place, const TcProgram& program,
                           bool replace) {
  // NLM_F_ECHO: the answer says what the kernel chose.
  Message message(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_ECHO | (replace ? 0U : NLM_F_EXCL));
  message.put(message_at(place));
  message.put(TCA_KIND, std::string(kind_of(program.is_action)));
  program.is_action ? put_action(message, program) : put_classifier(message, program);
  SKEP_CHECK(netlink.request(message, [&](const nlmsghdr& answer) {
    const auto there = place_of(answer);
    if (!there) return;
    place.priority = static_cast<std::uint16_t>(there->tcm_info >> 16);
    if (there->tcm_handle != 0) place.handle = there->tcm_handle;
  }));
  if (place.priority != 0 && place.handle == 0) {
    // A matchall, the only one of its priority, does not say its handle (mall_change in
    // net/sched/cls_matchall.c).
    SKEP_TRY(const auto filter, find_filter(netlink, place));
    if (filter) place.handle = filter->handle;
  }
  if (place.priority != 0 && place.handle != 0) return place;
  return fail(ErrorKind::system, "the kernel did not say where it put the filter");
}

Result<void> delete_filter(Netlink& netlink, const TcPlace& place, bool is_action) {
  Message message(RTM_DELTFILTER, 0);
  message.put(message_at(place));
  message.put(TCA_KIND, std::string(kind_of(is_action)));
  return netlink.request(message);
}

Result<std::vector<TcFilter>> list_filters(Netlink& netlink, std::uint32_t interface,
                                           Direction direction) {
  Message message(RTM_GETTFILTER, NLM_F_DUMP);
  auto place = message_at({.interface = interface, .direction = direction});
  place.tcm_info = 0;  // of every protocol
  message.put(place);
  std::vector<TcFilter> out;
  SKEP_CHECK(netlink.request(message, [&](const nlmsghdr& answer) {
    if (auto filter = filter_of(answer)) out.push_back(*std::move(filter));
  }));
  return out;
}

Result<std::optional<TcFilter>> find_filter(Netlink& netlink, const TcPlace& place) {
  SKEP_TRY(const auto all, list_filters(netlink, place.interface, place.direction));
  for (const auto& one : all) {
    if (one.priority == place.priority && (one.handle == place.handle || place.handle == 0)) {
      return one;
    }
  }
  return std::nullopt;
}

}  // namespace skep::hook
