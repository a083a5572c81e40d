// Layers are written from the innermost outwards: a length or a checksum is over what is there by
// then.
#include "skep/packet.hpp"

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "packet/writer.hpp"

namespace skep {
namespace {

using packet_detail::Writer;

// EtherTypes, and protocol numbers of IANA.
constexpr std::uint16_t ether_ipv4 = 0x0800, ether_arp = 0x0806, ether_vlan = 0x8100,
                        ether_service_vlan = 0x88a8, ether_ipv6 = 0x86dd, ether_local = 0x88b5;
constexpr std::uint8_t protocol_icmp = 1, protocol_ipv4 = 4, protocol_tcp = 6, protocol_udp = 17,
                       protocol_ipv6 = 41, protocol_icmpv6 = 58, protocol_none = 59,
                       protocol_experiment = 253, protocol_hop_by_hop = 0, protocol_fragment = 44,
                       protocol_destination = 60;

template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

std::uint32_t add(std::uint32_t sum, std::span<const std::byte> bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = std::to_integer<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
    if (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

std::uint16_t finished(std::uint32_t sum) noexcept {
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

class Builder {
 public:
  explicit Builder(std::span<const Layer> layers) noexcept : layers_(layers) {}

  Result<std::vector<std::byte>> build() {
    for (std::size_t i = layers_.size(); i-- > 0;) {
      at_ = i;
      auto header = std::visit([&](const auto& layer) { return write(layer); }, layers_[i]);
      if (!header) return add_context(std::move(header).error(), "layer {} of the packet", i + 1);
      header->insert(header->end(), inner_.begin(), inner_.end());
      inner_ = *std::move(header);
    }
    return std::move(inner_);
  }

 private:
  using Bytes = Result<std::vector<std::byte>>;

  [[nodiscard]] const Layer* next(std::size_t steps = 1) const noexcept {
    return at_ + steps < layers_.size() ? &layers_[at_ + steps] : nullptr;
  }
  [[nodiscard]] std::uint16_t next_type() const noexcept;
  [[nodiscard]] std::uint8_t next_protocol(std::uint8_t nothing) const noexcept;
  [[nodiscard]] Result<std::uint32_t> pseudo_header(std::uint8_t protocol,
                                                    std::size_t length) const;
  // The checksum over a header whose own is 0 and what it holds, with what the addresses add.
  [[nodiscard]] Result<std::uint16_t> checksum(std::uint8_t protocol, const Writer& header) const;

  Bytes write(const Ethernet& layer) const;
  Bytes write(const Vlan& layer) const;
  Bytes write(const Arp& layer) const;
  Bytes write(const Ipv4& layer) const;
  Bytes write(const Ipv6& layer) const;
  Bytes write(const Ipv6Options& layer) const;
  Bytes write(const Ipv6Fragment& layer) const;
  Bytes write(const Tcp& layer) const;
  Bytes write(const Udp& layer) const;
  Bytes write(const Icmp& layer) const;
  Bytes write(const Icmpv6& layer) const;
  Bytes write(const Payload& layer) const { return layer.bytes; }

  std::span<const Layer> layers_;
  std::size_t at_ = 0;
  std::vector<std::byte> inner_;
};

std::uint16_t Builder::next_type() const noexcept {
  const Layer* layer = next();
  if (layer == nullptr) return ether_local;
  if (const auto* tag = std::get_if<Vlan>(layer)) {
    if (tag->tag_type) return *tag->tag_type;
    const bool outermost = std::holds_alternative<Ethernet>(layers_[at_]);
    const Layer* behind = next(2);
    const bool two = behind != nullptr && std::holds_alternative<Vlan>(*behind);
    return outermost && two ? ether_service_vlan : ether_vlan;
  }
  if (std::holds_alternative<Arp>(*layer)) return ether_arp;
  if (std::holds_alternative<Ipv4>(*layer)) return ether_ipv4;
  if (std::holds_alternative<Ipv6>(*layer)) return ether_ipv6;
  return ether_local;
}

std::uint8_t Builder::next_protocol(std::uint8_t nothing) const noexcept {
  const Layer* layer = next();
  if (layer == nullptr) return nothing;
  return std::visit(
      Overloaded{[](const Ipv4&) { return protocol_ipv4; },
                 [](const Ipv6&) { return protocol_ipv6; }, [](const Tcp&) { return protocol_tcp; },
                 [](const Udp&) { return protocol_udp; }, [](const Icmp&) { return protocol_icmp; },
                 [](const Icmpv6&) { return protocol_icmpv6; },
                 [](const Ipv6Options& options) {
                   return options.hop_by_hop ? protocol_hop_by_hop : protocol_destination;
                 },
                 [](const Ipv6Fragment&) { return protocol_fragment; },
                 [](const auto&) { return protocol_experiment; }},
      *layer);
}

Result<std::uint32_t> Builder::pseudo_header(std::uint8_t protocol, std::size_t length) const {
  for (std::size_t i = at_; i-- > 0;) {
    Writer out;
    if (const auto* ipv4 = std::get_if<Ipv4>(&layers_[i])) {
      out.put(ipv4->source.bytes).put(ipv4->destination.bytes);
      out.put(std::uint16_t{protocol}).put(static_cast<std::uint16_t>(length));
      return add(0, out.bytes());
    }
    if (const auto* ipv6 = std::get_if<Ipv6>(&layers_[i])) {
      out.put(ipv6->source.bytes).put(ipv6->destination.bytes);
      out.put(static_cast<std::uint32_t>(length)).put(std::uint32_t{protocol});
      return add(0, out.bytes());
    }
    const bool between = std::holds_alternative<Ipv6Options>(layers_[i]) ||
                         std::holds_alternative<Ipv6Fragment>(layers_[i]);
    if (!between) break;
  }
  return fail(ErrorKind::invalid_argument,
              "its checksum is over the addresses, too: put Ipv4 or Ipv6 before it, or set the "
              "checksum");
}

Result<std::uint16_t> Builder::checksum(std::uint8_t protocol, const Writer& header) const {
  std::uint32_t sum = 0;
  if (protocol != protocol_icmp) {
    SKEP_TRY(sum, pseudo_header(protocol, header.bytes().size() + inner_.size()));
  }
  // Every header here has an even length, so that what follows begins at an even one.
  return finished(add(add(sum, header.bytes()), inner_));
}

Builder::Bytes Builder::write(const Ethernet& layer) const {
  Writer out;
  out.put(layer.destination.bytes).put(layer.source.bytes);
  return out.put(layer.type.value_or(next_type())).take();
}

Builder::Bytes Builder::write(const Vlan& layer) const {
  if (layer.id > 0xfff || layer.priority > 7) {
    return fail(ErrorKind::invalid_argument,
                "a VLAN's id is 4095 at most and its priority 7, not {} and {}", layer.id,
                layer.priority);
  }
  Writer out;
  out.put(static_cast<std::uint16_t>(layer.priority << 13 | (layer.drop_eligible ? 1 << 12 : 0) |
                                     layer.id));
  return out.put(layer.type.value_or(next_type())).take();
}

Builder::Bytes Builder::write(const Arp& layer) const {
  Writer out;
  out.put(std::uint16_t{1}).put(ether_ipv4).put(std::uint8_t{6}).put(std::uint8_t{4});
  out.put(layer.operation).put(layer.sender_mac.bytes).put(layer.sender.bytes);
  return out.put(layer.target_mac.bytes).put(layer.target.bytes).take();
}

Builder::Bytes Builder::write(const Ipv4& layer) const {
  const std::size_t header = 20 + round_up(layer.options.size(), 4);
  const std::size_t length = header + inner_.size();
  if (header > 60) {
    return fail(ErrorKind::invalid_argument, "{} bytes of IPv4 options, of 40 at most",
                layer.options.size());
  }
  if (length > 0xffff && !layer.total_length) {
    return fail(ErrorKind::invalid_argument, "an IPv4 packet of {} bytes, of 65535 at most",
                length);
  }
  if (layer.fragment_offset % 8 != 0) {
    return fail(ErrorKind::invalid_argument, "a fragment begins at a multiple of 8, not at {}",
                layer.fragment_offset);
  }
  const auto flags = (layer.dont_fragment ? 0x4000 : 0) | (layer.more_fragments ? 0x2000 : 0);
  Writer out;
  out.put(static_cast<std::uint8_t>(0x40 | header / 4)).put(layer.type_of_service);
  out.put(layer.total_length.value_or(static_cast<std::uint16_t>(length)));
  out.put(layer.identification);
  out.put(static_cast<std::uint16_t>(flags | layer.fragment_offset / 8)).put(layer.ttl);
  out.put(layer.protocol.value_or(next_protocol(protocol_experiment))).put(std::uint16_t{0});
  out.put(layer.source.bytes).put(layer.destination.bytes).put(layer.options).fill(4);
  return out.put_at(10, layer.checksum.value_or(internet_checksum(out.bytes()))).take();
}

Builder::Bytes Builder::write(const Ipv6& layer) const {
  if (layer.flow_label > 0xfffff) {
    return fail(ErrorKind::invalid_argument, "a flow label of {:#x}: it has 20 bits",
                layer.flow_label);
  }
  if (inner_.size() > 0xffff && !layer.payload_length) {
    return fail(ErrorKind::invalid_argument, "{} bytes in an IPv6 packet, of 65535 at most",
                inner_.size());
  }
  Writer out;
  out.put(6U << 28 | std::uint32_t{layer.traffic_class} << 20 | layer.flow_label);
  out.put(layer.payload_length.value_or(static_cast<std::uint16_t>(inner_.size())));
  out.put(layer.next_header.value_or(next_protocol(protocol_none))).put(layer.hop_limit);
  return out.put(layer.source.bytes).put(layer.destination.bytes).take();
}

Builder::Bytes Builder::write(const Ipv6Options& layer) const {
  const std::size_t length = round_up(layer.options.size() + 2, 8);
  if (length > 2048) {
    return fail(ErrorKind::invalid_argument, "{} bytes of options, of 2046 at most",
                layer.options.size());
  }
  Writer out;
  out.put(layer.next_header.value_or(next_protocol(protocol_none)));
  out.put(static_cast<std::uint8_t>(length / 8 - 1)).put(layer.options);
  const std::size_t padding = length - out.bytes().size();
  if (padding == 1) out.put(std::uint8_t{0});                                             // Pad1
  if (padding > 1) out.put(std::uint8_t{1}).put(static_cast<std::uint8_t>(padding - 2));  // PadN
  return out.fill(8).take();
}

Builder::Bytes Builder::write(const Ipv6Fragment& layer) const {
  if (layer.offset % 8 != 0) {
    return fail(ErrorKind::invalid_argument, "a fragment begins at a multiple of 8, not at {}",
                layer.offset);
  }
  Writer out;
  out.put(layer.next_header.value_or(next_protocol(protocol_none))).put(std::uint8_t{0});
  out.put(static_cast<std::uint16_t>(layer.offset | (layer.more_fragments ? 1 : 0)));
  return out.put(layer.identification).take();
}

Builder::Bytes Builder::write(const Tcp& layer) const {
  const std::size_t header = 20 + round_up(layer.options.size(), 4);
  if (header > 60 || layer.data_offset.value_or(0) > 15) {
    return fail(ErrorKind::invalid_argument,
                "{} bytes of TCP options, of 40 at most, or a data offset above 15",
                layer.options.size());
  }
  const auto& f = layer.flags;
  const bool bits[] = {f.fin, f.syn, f.rst, f.psh, f.ack, f.urg, f.ece, f.cwr};
  unsigned flags = 0;
  for (unsigned i = 0; i < 8; ++i) flags |= bits[i] ? 1U << i : 0U;
  Writer out;
  out.put(layer.source_port).put(layer.destination_port);
  out.put(layer.sequence).put(layer.acknowledgement);
  out.put(static_cast<std::uint16_t>(layer.data_offset.value_or(header / 4) << 12 | flags));
  out.put(layer.window).put(std::uint16_t{0}).put(layer.urgent_pointer);
  out.put(layer.options).fill(4);
  if (layer.checksum) return out.put_at(16, *layer.checksum).take();
  SKEP_TRY(const auto sum, checksum(protocol_tcp, out));
  return out.put_at(16, sum).take();
}

Builder::Bytes Builder::write(const Udp& layer) const {
  const std::size_t length = 8 + inner_.size();
  if (length > 0xffff && !layer.length) {
    return fail(ErrorKind::invalid_argument, "a datagram of {} bytes, of 65535 at most", length);
  }
  Writer out;
  out.put(layer.source_port).put(layer.destination_port);
  out.put(layer.length.value_or(static_cast<std::uint16_t>(length))).put(std::uint16_t{0});
  if (layer.checksum) return out.put_at(6, *layer.checksum).take();
  SKEP_TRY(const auto sum, checksum(protocol_udp, out));
  // 0 stands for none: the other zero is sent.
  return out.put_at(6, sum == 0 ? std::uint16_t{0xffff} : sum).take();
}

Builder::Bytes Builder::write(const Icmp& layer) const {
  Writer out;
  out.put(layer.type).put(layer.code).put(std::uint16_t{0});
  out.put(layer.identifier).put(layer.sequence);
  if (layer.checksum) return out.put_at(2, *layer.checksum).take();
  SKEP_TRY(const auto sum, checksum(protocol_icmp, out));
  return out.put_at(2, sum).take();
}

Builder::Bytes Builder::write(const Icmpv6& layer) const {
  Writer out;
  out.put(layer.type).put(layer.code).put(std::uint16_t{0});
  out.put(layer.identifier).put(layer.sequence);
  if (layer.checksum) return out.put_at(2, *layer.checksum).take();
  SKEP_TRY(const auto sum, checksum(protocol_icmpv6, out));
  return out.put_at(2, sum).take();
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::byte> bytes) noexcept {
  return finished(add(0, bytes));
}

Result<std::vector<std::byte>> packet(std::span<const Layer> layers) {
  return Builder(layers).build();
}

}  // namespace skep
