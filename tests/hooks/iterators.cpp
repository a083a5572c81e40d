// Rows: iterators over all that the kernel can walk, each of which meets what the test made.
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/udmabuf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "hooks/row.hpp"

namespace skep {
namespace {

using test::at, test::Place, test::put, test::socket_of;

// Sets a global variable of a loaded object.
void set_value(const Object& object, std::string_view name, long value) {
  const Variable* variable = object.spec().find_variable(name);
  ASSERT_NE(variable, nullptr);
  const Map& map = object.maps()[variable->map];
  const std::uint32_t key = 0;
  auto section = *map.lookup(std::as_bytes(std::span(&key, 1))).value();
  std::memcpy(section.data() + variable->offset, &value, sizeof(value));
  ASSERT_TRUE(map.update(std::as_bytes(std::span(&key, 1)), section));
}

std::string read_all(const Fd& fd) {
  std::string out;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(fd.get(), buffer, sizeof(buffer))) > 0;) {
    out.append(buffer, static_cast<std::size_t>(n));
  }
  return out;
}

class Iterators : public test::Row {
 protected:
  using Wanted = std::function<long(const Object&, const Link&)>;
  // The iterator meets what `wanted` says of it, and does not meet what is not there.
  void walks(std::string target, std::string seen, std::string_view program, const Wanted& wanted,
             Place hook = {}) {
    lives({.row = std::move(target),
           .seen = std::move(seen),
           .object = "row_iterators",
           .program = program,
           .effect =
               [wanted](const Object& object, const Link& link) {
                 set_value(object, "wanted", -77);
                 const auto nothing = link.iterate();
                 if (!nothing) return false;
                 EXPECT_EQ(read_all(*nothing), "");
                 set_value(object, "wanted", wanted(object, link));
                 const auto all = link.iterate();
                 return all && read_all(*all).starts_with("met\n");
               },
           .hook = std::move(hook)});
  }
  static Wanted number(long value) {
    return [=](const Object&, const Link&) { return value; };
  }
  static Place this_process(std::string target) {
    return at(Iterator{.target = std::move(target), .pid = static_cast<unsigned>(::getpid())});
  }
  static Place of_map(std::string target, const char* map) {
    return [=](const Object& object) -> Hook {
      return Iterator{.target = target, .map = object.map(map).value()->fd()};
    };
  }
};

TEST_F(Iterators, Task) {
  walks("iter/task", "this thread among all", "on_task", number(test::thread_id()));
}

TEST_F(Iterators, TaskS) {
  walks("iter.s/task", "this thread among all", "on_task_s", number(test::thread_id()));
}

TEST_F(Iterators, TaskOfOneProcess) {
  walks("iter/task, of one process", "this thread", "on_task", number(test::thread_id()),
        this_process("task"));
}

TEST_F(Iterators, TaskFile) {
  walks("iter/task_file, of one process", "a descriptor", "on_file", number(receiver.get()),
        this_process("task_file"));
}

TEST_F(Iterators, TaskVma) {
  void* page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  walks("iter/task_vma, of one process", "a mapping, by its address", "on_vma",
        number(reinterpret_cast<long>(page)), this_process("task_vma"));
  ::munmap(page, 4096);
}

TEST_F(Iterators, BpfMap) {
  walks("iter/bpf_map", "a map, by its id", "on_map", [](const Object& object, const Link&) {
    return static_cast<long>(object.map("numbers").value()->id().value());
  });
}

TEST_F(Iterators, BpfMapElement) {
  walks(
      "iter/bpf_map_elem, of a map", "an element", "on_element",
      [](const Object& object, const Link&) {
        put(object, "numbers", 2, 4711UL);
        return 4711;
      },
      of_map("bpf_map_elem", "numbers"));
}

TEST_F(Iterators, BpfProgram) {
  walks("iter/bpf_prog", "a program, by its id", "on_program",
        [](const Object& object, const Link&) {
          return static_cast<long>(object.programs()[0].id().value());
        });
}

TEST_F(Iterators, BpfLink) {
  walks("iter/bpf_link", "its own link, by its id", "on_link",
        [](const Object&, const Link& link) { return static_cast<long>(link.info().value().id); });
}

TEST_F(Iterators, BpfSocketStorage) {
  walks(
      "iter/bpf_sk_storage_map, of a map", "what a socket stores", "on_storage",
      [this](const Object& object, const Link&) {
        put(object, "storage", static_cast<std::uint32_t>(receiver.get()), 4711UL);
        return 4711;
      },
      of_map("bpf_sk_storage_map", "storage"));
}

TEST_F(Iterators, Sockmap) {
  const Fd listener = socket_of(SOCK_STREAM);
  ASSERT_EQ(test::bind_to(listener, test::port), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  walks(
      "iter/sockmap, of a map", "a socket, by its key", "on_sockmap",
      [&](const Object& object, const Link&) {
        put(object, "sockets", 2, static_cast<std::uint64_t>(listener.get()));
        return 2;
      },
      of_map("sockmap", "sockets"));
}

TEST_F(Iterators, Cgroup) {
  struct stat group{};
  ASSERT_EQ(::stat(path.c_str(), &group), 0);
  walks("iter/cgroup, below a cgroup", "a cgroup, by its id", "on_cgroup",
        number(static_cast<long>(group.st_ino)), at(Iterator{.target = "cgroup", .cgroup = path}));
}

TEST_F(Iterators, Tcp) {
  const Fd listener = socket_of(SOCK_STREAM);
  ASSERT_EQ(test::bind_to(listener, test::port), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  walks("iter/tcp", "a socket, by its port", "on_tcp", number(test::port));
}

TEST_F(Iterators, Udp) { walks("iter/udp", "a socket, by its port", "on_udp", number(test::port)); }

TEST_F(Iterators, Unix) {
  const long name = 0x0102030405060708L + ::getpid();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, &name, sizeof(name));
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address.sun_family) + 1 + sizeof(name)),
            0);
  walks("iter/unix", "a socket, by its abstract name", "on_unix", number(name));
}

TEST_F(Iterators, Netlink) {
  constexpr std::uint32_t id = 0x5eb00001;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_pid = id;
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  walks("iter/netlink", "a socket, by its port id", "on_netlink", number(id));
}

TEST_F(Iterators, Ipv6Route) {
  walks("iter/ipv6_route", "the route to ::1", "on_route", number(128));
}

TEST_F(Iterators, KernelSymbol) {
  lives({.row = "iter/ksym",
         .seen = "vfs_fsync among the kernel's symbols",
         .object = "row_iterators",
         .program = "on_symbol",
         .effect = [](const Object&, const Link& link) {
           const auto all = link.iterate();
           return all && read_all(*all) == "met\n";
         }});
}

TEST_F(Iterators, KernelCache) {
  lives({.row = "iter/kmem_cache",
         .seen = "the cache of task_struct",
         .object = "row_iterators",
         .program = "on_cache",
         .effect = [](const Object&, const Link& link) {
           const auto all = link.iterate();
           return all && read_all(*all) == "met\n";
         }});
}

// A dma-buf of one page of ours, where the kernel makes such (CONFIG_UDMABUF).
Fd make_buffer() {
  const Fd memory(::memfd_create("skep", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  static_cast<void>(::ftruncate(memory.get(), 4096));
  ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK);
  const Fd device(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  udmabuf_create ask{};
  ask.memfd = static_cast<std::uint32_t>(memory.get());
  ask.flags = UDMABUF_FLAGS_CLOEXEC;
  ask.size = 4096;
  return Fd(::ioctl(device.get(), UDMABUF_CREATE, &ask));
}

TEST_F(Iterators, DmaBuffer) {
  const Fd buffer = make_buffer();
  const test::Life life{.row = "iter/dmabuf",
                        .seen = "a buffer",
                        .object = "row_iterators",
                        .program = "on_buffer",
                        .effect = [](const Object&, const Link& link) {
                          const auto all = link.iterate();
                          return all && read_all(*all).starts_with("met\n");
                        }};
  if (buffer.get() >= 0) return lives(life);
  const auto object = load(life);
  if (!object) return refused(life, object.error());
  EXPECT_TRUE(object->programs()[0].attach());
  not_seen(life, "It is attached, but nothing on this machine makes a dma-buf for it to meet.");
}

}  // namespace
}  // namespace skep
