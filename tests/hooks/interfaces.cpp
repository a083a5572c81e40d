// Rows: network interfaces, routes, and the network namespace.
#include <linux/if_packet.h>

#include <cerrno>
#include <cstring>

#include "hooks/row.hpp"
#include "kernel/veth.hpp"

namespace skep {
namespace {

using test::at, test::Effect, test::port, test::put;

class Interfaces : public test::Row {
 protected:
  // What is sent over the cable does not arrive.
  static Effect drops_at(const test::Veth& veth) {
    return [&](const Object& object, const Link&) {
      const auto before = count_of(object);
      return veth.drops(port, [&] { return count_of(object) == before + 1; });
    };
  }
  void drops_on_lo(std::string row, std::string_view object, std::string_view program,
                   test::Place hook = {}) {
    lives({.row = std::move(row),
           .seen = "packets do not arrive",
           .object = object,
           .program = program,
           .effect = drops(),
           .hook = std::move(hook)});
  }
  void drops_on_veth(std::string row, std::string_view object, std::string_view program,
                     const test::Veth& veth, Hook hook) {
    lives({.row = std::move(row),
           .seen = "frames do not arrive",
           .object = object,
           .program = program,
           .effect = drops_at(veth),
           .hook = at(std::move(hook))});
  }
  // A program that hangs on an entry of `map`, where another one sends the packets.
  template <typename Value>
  void drops_behind(std::string row, std::string_view from, std::string_view map,
                    std::string_view program, Value value) {
    lives({.row = std::move(row),
           .seen = "packets that an XDP program sends there do not arrive",
           .object = "row_network",
           .program = from,
           .effect =
               [=, this](const Object& object, const Link&) mutable {
                 value.program = (**object.program(program)).fd();
                 put(object, map, 0, value);
                 return is_dropped_soon(object);
               },
           .hook = at(Xdp{.interface = "lo", .mode = Xdp::Mode::generic}),
           .beside = program,
           .other_may_take_over = false});
  }
  // Another thread of the kernel may do it.
  bool is_dropped_soon(const Object& object) {
    const auto before = count_of(object);
    test::send_to(sender, port);
    bool arrived = false;
    test::eventually([&] {
      arrived = !test::receive(receiver).empty();
      return arrived || count_of(object) > before;
    });
    return !arrived;
  }
  // What is sent to a network that is routed to a program.
  static Effect routes(int expected_error) {
    return [=](const Object& object, const Link&) {
      const auto before = count_of(object);
      const int error = send_far("10.9.9.1");
      return count_of(object) == before + 1 && (expected_error == 0 || error == expected_error);
    };
  }
  static int send_far(const char* host) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, host, &to.sin_addr);
    const Fd socket = test::socket_of(SOCK_DGRAM);
    const auto sent =
        ::sendto(socket.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    return sent == 1 ? 0 : errno;
  }
};

TEST_F(Interfaces, XdpGeneric) {
  drops_on_lo("xdp, generic", "hook_network", "on_xdp",
              at(Xdp{.interface = "lo", .mode = Xdp::Mode::generic}));
}

TEST_F(Interfaces, XdpNative) {
  const test::Veth veth;
  drops_on_veth("xdp, native", "hook_network", "on_xdp", veth,
                Xdp{.interface = "far", .mode = Xdp::Mode::native});
}

TEST_F(Interfaces, XdpOffload) {
  drops_on_lo("xdp, offload", "hook_network", "on_xdp",
              at(Xdp{.interface = "lo", .mode = Xdp::Mode::offload}));
}

TEST_F(Interfaces, XdpFrags) {
  const test::Veth veth;
  drops_on_veth("xdp.frags", "row_network", "on_frags", veth,
                Xdp{.interface = "far", .mode = Xdp::Mode::native});
}

// struct bpf_devmap_val, struct bpf_cpumap_val: an interface, or the length of a queue.
struct Entry {
  std::uint32_t where = 0;
  int program = -1;
};

TEST_F(Interfaces, XdpDevmap) {
  drops_behind("xdp/devmap", "to_device", "devices", "on_device", Entry{.where = 1 /* lo */});
}

TEST_F(Interfaces, XdpFragsDevmap) {
  drops_behind("xdp.frags/devmap", "frags_to_device", "devices", "on_device_frags",
               Entry{.where = 1});
}

TEST_F(Interfaces, XdpCpumap) {
  drops_behind("xdp/cpumap", "to_cpu", "cpus", "on_cpu", Entry{.where = 64});
}

TEST_F(Interfaces, XdpFragsCpumap) {
  drops_behind("xdp.frags/cpumap", "frags_to_cpu", "cpus", "on_cpu_frags", Entry{.where = 64});
}

TEST_F(Interfaces, TcxIngress) { drops_on_lo("tcx/ingress", "hook_network", "on_tcx_ingress"); }
TEST_F(Interfaces, TcxEgress) { drops_on_lo("tcx/egress", "hook_network", "on_tcx_egress"); }
TEST_F(Interfaces, Tc) { drops_on_lo("tc", "hook_traffic", "on_tc"); }
TEST_F(Interfaces, Classifier) {
  const test::Veth veth;
  drops_on_veth("classifier, a clsact filter at ingress", "hook_traffic", "on_classifier", veth,
                skep::Tc{.interface = "far"});
}
TEST_F(Interfaces, ClassifierAtEgress) {
  const test::Veth veth;
  drops_on_veth("classifier, a clsact filter at egress", "hook_traffic", "on_classifier", veth,
                skep::Tc{.interface = "near", .direction = Direction::egress});
}
TEST_F(Interfaces, Action) { drops_on_lo("action", "hook_traffic", "on_action"); }
TEST_F(Interfaces, Netfilter) { drops_on_lo("netfilter", "hook_network", "on_netfilter"); }

// A netkit pair, "kit" and "peer", each with a network of its own.
class NetkitPair {
 public:
  NetkitPair() {
    auto netlink = hook::Netlink::open(kernel::real_syscalls(), Fd()).value();
    constexpr std::uint16_t peer_info = 1;  // IFLA_NETKIT_PEER_INFO
    hook::Message message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    message.put(ifinfomsg{});
    message.put(IFLA_IFNAME, std::string("kit"));
    message.nest(IFLA_LINKINFO, [&] {
      message.put(IFLA_INFO_KIND, std::string("netkit"));
      message.nest(IFLA_INFO_DATA, [&] {
        message.nest(peer_info, [&] {
          message.put(ifinfomsg{});
          message.put(IFLA_IFNAME, std::string("peer"));
        });
      });
    });
    is_there_ = netlink.request(message).has_value();
    if (!is_there_) return;
    for (const auto& [name, address] : {std::pair("kit", "10.8.0.1"), {"peer", "10.8.1.1"}}) {
      test::set_address(name, SIOCSIFADDR, address);
      test::set_address(name, SIOCSIFNETMASK, "255.255.255.0");
      test::set_up(name);
    }
  }
  // Without netkit: where no pair is to hang on.
  [[nodiscard]] std::string interface() const { return is_there_ ? "kit" : "lo"; }

  // Whether what one end sends arrives at the other one.
  [[nodiscard]] static bool delivers(const char* from, const char* host, const char* to) {
    const Fd sender = test::socket_of(SOCK_DGRAM);
    ::setsockopt(sender.get(), SOL_SOCKET, SO_BINDTODEVICE, from,
                 static_cast<socklen_t>(std::strlen(from)));
    const Fd packets(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_ll end{};
    end.sll_family = AF_PACKET;
    end.sll_protocol = htons(ETH_P_IP);
    end.sll_ifindex = static_cast<int>(::if_nametoindex(to));
    EXPECT_EQ(::bind(packets.get(), reinterpret_cast<const sockaddr*>(&end), sizeof(end)), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, host, &address.sin_addr);
    static_cast<void>(::sendto(sender.get(), "frame", 5, 0,
                               reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
    pollfd wait{packets.get(), POLLIN, 0};
    ::poll(&wait, 1, 100);
    return test::receive(packets).ends_with("frame");
  }

 private:
  bool is_there_ = false;
};

TEST_F(Interfaces, NetkitPrimary) {
  const NetkitPair pair;
  lives({.row = "netkit/primary",
         .seen = "packets do not arrive at the peer",
         .object = "row_network",
         .program = "on_primary",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               return !NetkitPair::delivers("kit", "10.8.0.9", "peer") &&
                      count_of(object) == before + 1;
             },
         .hook = at(Netkit{.interface = pair.interface()})});
}

TEST_F(Interfaces, NetkitPeer) {
  const NetkitPair pair;
  lives({.row = "netkit/peer",
         .seen = "packets do not arrive at the primary",
         .object = "row_network",
         .program = "on_peer",
         .effect =
             [](const Object& object, const Link&) {
               const auto before = count_of(object);
               return !NetkitPair::delivers("peer", "10.8.1.9", "kit") &&
                      count_of(object) == before + 1;
             },
         .hook = at(Netkit{.interface = pair.interface(), .peer = true})});
}

TEST_F(Interfaces, LwtOut) {
  lives({.row = "lwt_out",
         .seen = "sendto(2) fails with EPERM on a route",
         .object = "hook_traffic",
         .program = "on_lwt_out",
         .effect = routes(EPERM),
         .hook = at(Route{.destination = "10.9.9.0/24", .interface = "lo"})});
}

TEST_F(Interfaces, LwtXmit) {
  lives({.row = "lwt_xmit",
         .seen = "packets on a route are counted, and dropped",
         .object = "hook_traffic",
         .program = "on_lwt_xmit",
         .effect = routes(0),
         .hook = at(Route{.destination = "10.9.9.0/24", .interface = "lo"})});
}

TEST_F(Interfaces, LwtIn) {
  const test::Veth veth;
  lives({.row = "lwt_in",
         .seen = "packets that a route delivers here are counted, and dropped",
         .object = "hook_traffic",
         .program = "on_lwt_in",
         .effect = routes(0),
         .hook = at(Route{.destination = "10.9.9.1", .interface = "far", .is_local = true})});
}

TEST_F(Interfaces, LwtSeg6Local) {
  const test::Veth veth;
  lives({.row = "lwt_seg6local",
         .seen = "packets with a segment routing header are counted",
         .object = "hook_traffic",
         .program = "on_segment",
         .effect =
             [&](const Object& object, const Link&) {
               const auto before = count_of(object);
               veth.send_frame(test::Veth::frame_with_segments());
               EXPECT_TRUE(veth.delivers(test::other_port));  // what was sent before has passed
               return count_of(object) == before + 1;
             },
         .hook = at(Route{.destination = "fd09::1", .interface = "far"})});
}

TEST_F(Interfaces, SkLookup) {
  const Fd listener = test::socket_of(SOCK_STREAM);
  ASSERT_EQ(test::bind_to(listener, test::other_port), 0);
  ASSERT_EQ(::listen(listener.get(), 4), 0);
  lives({.row = "sk_lookup",
         .seen = "a connection reaches the listener of another port",
         .object = "hook_network",
         .program = "on_lookup",
         .effect = [&](const Object& object, const Link&) {
           put(object, "sockets", 0, static_cast<std::uint64_t>(listener.get()));
           const auto before = count_of(object);
           return test::connect_to(test::socket_of(SOCK_STREAM), port) == 0 &&
                  count_of(object) == before + 1;
         }});
}

// Flows are looked at when a packet is given to one of several sockets by its flow.
TEST_F(Interfaces, FlowDissector) {
  const Fd packets(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
  const int fanout = (::getpid() & 0xffff) | PACKET_FANOUT_HASH << 16;
  ASSERT_EQ(::setsockopt(packets.get(), SOL_PACKET, PACKET_FANOUT, &fanout, sizeof(fanout)), 0);
  lives({.row = "flow_dissector",
         .seen = "the flows of a packet fanout are counted",
         .object = "hook_traffic",
         .program = "on_dissect",
         .effect = [this](const Object& object, const Link&) {
           const auto before = count_of(object);
           test::send_to(sender, test::other_port);
           return count_of(object) > before;
         }});
}

TEST_F(Interfaces, Lirc) {
  lives({.row = "lirc_mode2",
         .seen = "pulses of an infrared receiver are counted",
         .object = "row_network",
         .program = "on_lirc",
         .effect = [](const Object&, const Link&) { return false; }});
}

}  // namespace
}  // namespace skep
