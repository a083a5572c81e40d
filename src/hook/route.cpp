// lwt_in, lwt_out, lwt_xmit, lwt_seg6local: a route that is made with a program
// (net/core/lwt_bpf.c, net/ipv6/seg6_local.c).
#include <arpa/inet.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_local.h>

#include <cerrno>
#include <charconv>

#include "base/error.hpp"
#include "hook/attach.hpp"
#include "hook/attachment.hpp"
#include "hook/interface.hpp"
#include "hook/netlink.hpp"
#include "kernel/descriptor.hpp"

namespace skep::hook {
namespace {

struct Address {
  std::uint8_t family = AF_INET;
  std::uint8_t bits = 0;        // of a prefix: how many count
  std::uint8_t bytes[16] = {};  // network byte order

  [[nodiscard]] std::size_t size() const noexcept { return family == AF_INET ? 4 : 16; }
};

// "10.9.9.0/24", "fc00::1", "default" (of IPv4).
Result<Address> parse_address(const std::string& text) {
  Address out;
  if (text == "default") return out;
  const auto slash = text.find('/');
  const auto address = text.substr(0, slash);
  if (address.find(':') != std::string::npos) out.family = AF_INET6;
  const auto widest = static_cast<std::uint8_t>(8 * out.size());
  out.bits = widest;
  bool is_good = ::inet_pton(out.family, address.c_str(), out.bytes) == 1;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data() + slash + 1, end, out.bits);
    is_good = is_good && parsed.ec == std::errc() && parsed.ptr == end && out.bits <= widest;
  }
  if (is_good) return out;
  return fail(ErrorKind::invalid_argument,
              "'{}' is no address: write 10.9.9.0/24, fc00::/64 or default", text);
}

// What to make and, with the same attributes, what to take away.
struct Way {
  Address destination;
  std::optional<Address> gateway;
  std::uint32_t interface = 0, table = 0, metric = 0;
  bool is_local = false;
  ProgramType type = ProgramType::unspecified;
  // "name:id": the kernel compares routes with programs by this name, so it says whose it is.
  std::string name;
};

rtmsg route_at(const Way& way) noexcept {
  rtmsg out{};
  out.rtm_family = way.destination.family;
  out.rtm_dst_len = way.destination.bits;
  out.rtm_table = way.table < 256 ? static_cast<std::uint8_t>(way.table) : std::uint8_t{0};
  out.rtm_protocol = RTPROT_BOOT;
  out.rtm_scope = way.is_local ? RT_SCOPE_HOST : way.gateway ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  out.rtm_type = way.is_local ? RTN_LOCAL : RTN_UNICAST;
  if (way.destination.family == AF_INET6) out.rtm_scope = RT_SCOPE_UNIVERSE;
  return out;
}

// Where in RTA_ENCAP the program stands.
std::uint16_t place_of(ProgramType type) noexcept {
  switch (type) {
    case ProgramType::lwt_in:
      return LWT_BPF_IN;
    case ProgramType::lwt_out:
      return LWT_BPF_OUT;
    case ProgramType::lwt_xmit:
      return LWT_BPF_XMIT;
    default:
      return SEG6_LOCAL_BPF;
  }
}

void put_program(Message& message, const Way& way, int program) {
  const bool is_segment = way.type == ProgramType::lwt_seg6local;
  const std::uint16_t type = is_segment ? LWTUNNEL_ENCAP_SEG6_LOCAL : LWTUNNEL_ENCAP_BPF;
  message.put_bytes(RTA_ENCAP_TYPE, &type, sizeof(type));
  // The numbers of descriptor and name are the same in both kinds (LWT_BPF_PROG_*,
  // SEG6_LOCAL_BPF_PROG*).
  const auto put = [&] {
    message.put(LWT_BPF_PROG_FD, static_cast<std::uint32_t>(program));
    message.put(LWT_BPF_PROG_NAME, way.name);
  };
  message.nest(RTA_ENCAP, [&] {
    if (is_segment) message.put(SEG6_LOCAL_ACTION, SEG6_LOCAL_ACTION_END_BPF);
    message.nest(place_of(way.type), put);
  });
}

void put_way(Message& message, const Way& way, int program) {
  message.put(route_at(way));
  const auto put_address = [&](std::uint16_t attribute, const Address& address) {
    message.put_bytes(attribute, address.bytes, address.size());
  };
  if (way.destination.bits != 0) put_address(RTA_DST, way.destination);
  if (way.gateway) put_address(RTA_GATEWAY, *way.gateway);
  message.put(RTA_OIF, way.interface);
  message.put(RTA_TABLE, way.table);
  if (way.metric != 0) message.put(RTA_PRIORITY, way.metric);
  put_program(message, way, program);
}

// The name of the program in a route's answer; "" when it has none.
std::string name_in(const Attributes& route, const Way& way) {
  const nlattr* encap = route.find(RTA_ENCAP);
  if (encap == nullptr) return {};
  const nlattr* program = Attributes(*encap).find(place_of(way.type));
  return program == nullptr ? std::string() : Attributes(*program).text(LWT_BPF_PROG_NAME);
}

// IPv6 takes routes away without a look at their programs: whether ours is there.
Result<bool> is_there(Netlink& netlink, const Way& way) {
  Message message(RTM_GETROUTE, NLM_F_DUMP);
  message.put(route_at(way));
  bool found = false;
  SKEP_CHECK(netlink.request(message, [&](const nlmsghdr& answer) {
    if (answer.nlmsg_type != RTM_NEWROUTE) return;
    if (mnl_nlmsg_get_payload_len(&answer) < sizeof(rtmsg)) return;
    found = found || name_in(Attributes(answer, sizeof(rtmsg)), way) == way.name;
  }));
  return found;
}

Result<void> delete_route(Netlink& netlink, const Way& way, int program) {
  if (way.destination.family == AF_INET6) {
    SKEP_TRY(const bool there, is_there(netlink, way));
    if (!there) return fail(ErrorKind::busy, "the route is gone, or another's by now");
  }
  Message message(RTM_DELROUTE, 0);
  put_way(message, way, program);
  auto done = netlink.request(message);
  if (done || done.error().code() != ESRCH) return done;
  return fail(ErrorKind::busy, "the route is gone, or another's by now");
}

class OnRoute final : public Attachment {
 public:
  OnRoute(Netlink netlink, Way way, Fd program) noexcept
      : netlink_(std::move(netlink)), way_(std::move(way)), program_(std::move(program)) {}
  OnRoute(const OnRoute&) = delete;
  OnRoute& operator=(const OnRoute&) = delete;
  ~OnRoute() override { static_cast<void>(undo()); }

  [[nodiscard]] int fd() const noexcept override { return -1; }
  [[nodiscard]] std::string_view nature() const noexcept override {
    return "it is a route, which lasts until it or its interface is taken away";
  }
  Result<void> undo() override {
    if (!program_) return {};
    const Fd program = std::move(program_);
    return delete_route(netlink_, way_, program.get());
  }

 private:
  Netlink netlink_;
  Way way_;
  Fd program_;
};

Result<Way> way_of(const Program& program, const Route& hook, std::uint32_t interface) {
  Way way{.interface = interface,
          .table = hook.table != 0 ? hook.table
                   : hook.is_local ? static_cast<std::uint32_t>(RT_TABLE_LOCAL)
                                   : static_cast<std::uint32_t>(RT_TABLE_MAIN),
          .metric = hook.metric,
          .is_local = hook.is_local,
          .type = program.spec().type};
  SKEP_TRY(way.destination, parse_address(hook.destination));
  if (!hook.gateway.empty()) {
    SKEP_TRY(way.gateway, parse_address(hook.gateway));
    if (way.gateway->family != way.destination.family) {
      return fail(ErrorKind::invalid_argument, "{} and {} are not of one family", hook.destination,
                  hook.gateway);
    }
  }
  if (way.type == ProgramType::lwt_seg6local && way.destination.family != AF_INET6) {
    return fail(ErrorKind::invalid_argument, "lwt_seg6local is for routes of IPv6");
  }
  SKEP_TRY(const auto id, program.id());
  way.name = fmt::format("{}:{}", program.name(), id);
  return way;
}

Error explained(Error error, const Route& hook) {
  switch (error.code()) {
    case EEXIST:
      return std::move(error).hint(
          fmt::format("`ip route show table all {}` shows the one that is there; another metric "
                      "stands beside it.",
                      hook.destination));
    case EOPNOTSUPP:
      return std::move(error).hint(
          "This kernel has no routes with programs (4.10, CONFIG_LWTUNNEL_BPF=y; seg6local: 4.18, "
          "CONFIG_IPV6_SEG6_BPF=y).");
    default:
      return error;
  }
}

}  // namespace

Result<Link> attach(const Program& program, const Route& hook, Host& host) {
  SKEP_TRY(const auto interface, find_interface(hook.interface));
  SKEP_TRY(Way way, way_of(program, hook, interface.index));
  SKEP_TRY(Netlink netlink, Netlink::open(host.syscalls(), interface.network));
  SKEP_TRY(Fd own, kernel::duplicate(program.fd()));
  Message message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
  put_way(message, way, own.get());
  auto made = netlink.request(message);
  if (!made) {
    // A failure without a verdict leaves open what happened; the name says whose it is.
    if (made.error().code() != EEXIST) {
      static_cast<void>(delete_route(netlink, way, own.get()));
    }
    return std::unexpected(explained(std::move(made).error(), hook));
  }
  return Link(hook, std::string(program.name()),
              std::make_unique<OnRoute>(std::move(netlink), std::move(way), std::move(own)));
}

}  // namespace skep::hook
