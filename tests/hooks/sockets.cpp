// Rows: sockets, maps of sockets, and what TCP calls.
#include <fcntl.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "hooks/row.hpp"

namespace skep {
namespace {

using test::Effect, test::Place, test::port, test::put, test::socket_of;

constexpr std::uint16_t data_port = 7003;

class Sockets : public test::Row {
 protected:
  struct Pair {
    Fd client, server;
  };
  void SetUp() override {
    Row::SetUp();
    listener = socket_of(SOCK_STREAM);
    ASSERT_EQ(test::bind_to(listener, data_port), 0);
    ASSERT_EQ(::listen(listener.get(), 16), 0);
  }
  [[nodiscard]] Pair connect() const {
    Pair out{socket_of(SOCK_STREAM), Fd()};
    EXPECT_EQ(test::connect_to(out.client, data_port), 0);
    out.server.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    return out;
  }
  static void put_socket(const Object& object, std::string_view map, std::uint32_t key,
                         const Fd& socket) {
    put(object, map, key, static_cast<std::uint64_t>(socket.get()));
  }
  static Place on_sockets() {
    return [](const Object& object) -> Hook {
      return SockMap{.map = object.map("sockets").value()->fd()};
    };
  }
  // What arrives at one connection's far end is read at another's.
  Effect redirects() {
    // The first object's map, which the link is on; a program sends to a socket of its own.
    const auto first = std::make_shared<const Object*>(nullptr);
    return [this, first](const Object& object, const Link& link) {
      if (*first == nullptr) *first = &object;
      if (link.fd() < 0) return false;
      const auto a = connect(), b = connect();
      const auto before = count_of(object);
      put_socket(**first, "sockets", 0, a.server);
      put_socket(object, "sockets", 1, b.server);
      EXPECT_EQ(::send(a.client.get(), "aabb", 4, 0), 4);
      std::string out;
      test::eventually([&] { return (out += test::receive(b.client)).size() >= 4; });
      return out == "aabb" && count_of(object) > before;
    };
  }
  Fd listener;
};

TEST_F(Sockets, Filter) {
  lives({.row = "socket",
         .seen = "a datagram is cut",
         .object = "hook_network",
         .program = "on_socket",
         .effect =
             [this](const Object& object, const Link&) {
               const auto before = count_of(object);
               test::send_to(sender, port);
               return test::receive(receiver) == "0123" && count_of(object) == before + 1;
             },
         .hook = test::at(Socket{.fd = receiver.get()})});
}

TEST_F(Sockets, Reuseport) {
  const int on = 1;
  const Fd sockets[] = {socket_of(SOCK_DGRAM), socket_of(SOCK_DGRAM)};
  for (const auto& socket : sockets) {
    ASSERT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    ASSERT_EQ(test::bind_to(socket, data_port), 0);
  }
  bool are_put = false;
  lives({.row = "sk_reuseport",
         .seen = "all datagrams go to one of two sockets",
         .object = "hook_traffic",
         .program = "on_reuseport",
         .effect =
             [&](const Object& object, const Link&) {
               for (std::uint32_t i = 0; i < 2 && !are_put; ++i) {
                 put_socket(object, "shared", i, sockets[i]);
               }
               are_put = true;
               int first = 0, second = 0;
               for (int i = 0; i < 16; ++i) {
                 test::send_to(socket_of(SOCK_DGRAM), data_port);
                 first += test::receive(sockets[0]).empty() ? 0 : 1;
                 second += test::receive(sockets[1]).empty() ? 0 : 1;
               }
               return first == 0 && second == 16;
             },
         .hook = test::at(Socket{.fd = sockets[0].get()})});
}

// A connection that waits in the queue of a listener that is closed.
TEST_F(Sockets, ReuseportMigrates) {
  const int on = 1;
  const auto listening = [&] {
    Fd socket = socket_of(SOCK_STREAM);
    EXPECT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
    EXPECT_EQ(test::bind_to(socket, port), 0);
    EXPECT_EQ(::listen(socket.get(), 4), 0);
    ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
    return socket;
  };
  const Fd stays = listening();
  bool is_put = false;
  lives({.row = "sk_reuseport/migrate",
         .seen = "a connection moves from a listener that is closed to another one",
         .object = "row_network",
         .program = "on_migrate",
         .effect =
             [&](const Object& object, const Link&) {
               const auto before = count_of(object);
               Fd goes = listening();
               put_socket(object, "shared", 0, goes);
               if (!is_put) put_socket(object, "shared", 1, stays);
               is_put = true;
               const Fd client = socket_of(SOCK_STREAM);
               if (test::connect_to(client, port) != 0) return false;
               goes.reset();
               const Fd moved(::accept4(stays.get(), nullptr, nullptr, SOCK_CLOEXEC));
               return moved.get() >= 0 && count_of(object) == before + 1;
             },
         .hook = test::at(Socket{.fd = stays.get()})});
}

TEST_F(Sockets, Message) {
  const Map* map = nullptr;  // of the first object: the link is on it
  lives({.row = "sk_msg",
         .seen = "send(2) fails with EACCES",
         .object = "hook_network",
         .program = "on_message",
         .effect =
             [&](const Object& object, const Link& link) {
               const auto before = count_of(object);
               const auto pair = connect();
               if (map == nullptr) map = object.map("sockets").value();
               if (link.fd() >= 0) {
                 const std::uint32_t key = 0;
                 const auto socket = static_cast<std::uint64_t>(pair.client.get());
                 EXPECT_TRUE(map->update(std::as_bytes(std::span(&key, 1)),
                                         std::as_bytes(std::span(&socket, 1))));
               }
               const bool refused =
                   ::send(pair.client.get(), "x", 1, MSG_NOSIGNAL) < 0 && errno == EACCES;
               return refused && count_of(object) == before + 1;
             },
         .hook = on_sockets()});
}

TEST_F(Sockets, StreamVerdict) {
  lives({.row = "sk_skb/verdict",
         .seen = "what arrives at one connection is sent by another one",
         .object = "hook_traffic",
         .program = "on_verdict",
         .effect = redirects(),
         .hook = on_sockets()});
}

TEST_F(Sockets, StreamParser) {
  std::optional<Link> verdict;
  lives({.row = "sk_skb/stream_parser",
         .seen = "a stream is cut into records",
         .object = "hook_traffic",
         .program = "on_parser",
         .effect =
             [&](const Object& object, const Link& link) {
               if (!verdict && link.fd() >= 0) {
                 auto made = (**object.program("on_stream")).attach(on_sockets()(object));
                 EXPECT_TRUE(made) << test::text_of(made.error());
                 verdict.emplace(*std::move(made));
               }
               const auto before = count_of(object);
               return redirects()(object, link) && count_of(object) == before + 2;
             },
         .hook = on_sockets(),
         .beside = "on_stream",
         .other_may_take_over = false});
}

TEST_F(Sockets, StreamVerdictOfAParser) {
  std::optional<Link> parser;
  lives({.row = "sk_skb/stream_verdict",
         .seen = "records of one connection are sent by another one",
         .object = "hook_traffic",
         .program = "on_stream",
         .effect =
             [&](const Object& object, const Link& link) {
               if (!parser && link.fd() >= 0) {
                 auto made = (**object.program("on_parser")).attach(on_sockets()(object));
                 EXPECT_TRUE(made) << test::text_of(made.error());
                 parser.emplace(*std::move(made));
               }
               return redirects()(object, link);
             },
         .hook = on_sockets(),
         .beside = "on_parser",
         .other_may_take_over = false});
}

// SEC does not say what it is for: a verdict.
TEST_F(Sockets, StreamOfNoKind) {
  lives({.row = "sk_skb",
         .seen = "what arrives at one connection is sent by another one",
         .object = "row_network",
         .program = "on_stream",
         .effect = redirects(),
         .hook = on_sockets()});
}

class CongestionControl : public test::Row {
 protected:
  // Whether a connection may choose it, which calls its program.
  static bool can_be_chosen(const std::string& name) {
    const Fd listener = socket_of(SOCK_STREAM), socket = socket_of(SOCK_STREAM);
    EXPECT_EQ(test::bind_to(listener, data_port), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    return ::setsockopt(socket.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(),
                        static_cast<socklen_t>(name.size())) == 0 &&
           test::connect_to(socket, data_port) == 0;
  }
  // Registered under a name of our own; a map that takes over has the same one.
  void registers(std::string row, const char* map) {
    const auto name = fmt::format("row_{}", ::getpid());
    const test::Life life{.row = std::move(row),
                          .seen = "a TCP connection chooses a congestion control, and is counted",
                          .object = "row_ops",
                          .program = {},
                          .effect = {},
                          .edit = [&](ObjectSpec& spec) {
                            for (auto& program : spec.programs) program.autoload = true;
                            for (auto& one : spec.maps) {
                              if (one.type != MapType::struct_ops) continue;
                              one.autocreate = one.name == map;
                              std::ranges::copy(
                                  std::as_bytes(std::span(name.c_str(), name.size() + 1)),
                                  one.contents.begin());
                            }
                          }};
    const auto object = load(life);
    if (!object) return refused(life, object.error());
    auto link = object->map(map).value()->attach();
    if (!link) return refused(life, link.error());
    EXPECT_TRUE(can_be_chosen(name));
    EXPECT_EQ(count_of(*object), 1U);
    const bool updates = link->is_bpf_link() && takes_over(life, *link, map, name);
    EXPECT_TRUE(link->detach());
    EXPECT_FALSE(can_be_chosen(name));
    seen_to_work(life, updates ? "works, updates" : "works");
  }

 private:
  bool takes_over(const test::Life& life, Link& link, const char* map, const std::string& name) {
    const auto other = load(life);
    EXPECT_TRUE(other) << test::text_of(other.error());
    const auto updated = link.update(*other->map(map).value());
    EXPECT_TRUE(updated) << test::text_of(updated.error());
    EXPECT_TRUE(can_be_chosen(name));
    EXPECT_EQ(count_of(*other), 1U);
    return true;
  }
};

TEST_F(CongestionControl, ByALink) { registers("struct_ops, in .struct_ops.link", "linked"); }
TEST_F(CongestionControl, ByWriting) { registers("struct_ops, in .struct_ops", "plain"); }
TEST_F(CongestionControl, ThatSleeps) { registers("struct_ops.s", "sleeps"); }

}  // namespace
}  // namespace skep
