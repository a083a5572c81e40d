// What the running kernel says of itself, read through the seam.
#include "kernel/target.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>

#include "kernel/kallsyms.hpp"
#include "kernel/kconfig.hpp"
#include "unit/btf_builder.hpp"
#include "unit/fake_syscalls.hpp"

namespace skep::kernel {
namespace {

using test::BtfBuilder;
using test::FakeSyscalls;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* release = "/proc/sys/kernel/osrelease";

std::string packed(const std::string& text) {
  std::string out(text.size() + 1024, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

std::vector<std::string> pick(std::string_view text, std::size_t piece) {
  const std::vector<std::string> names = {"schedule", "renamed"};
  SymbolPicker picker(names);
  for (std::size_t at = 0; at < text.size(); at += piece) {
    EXPECT_TRUE(picker.feed(text.substr(at, piece)));
  }
  std::vector<std::string> out;
  for (const auto& symbol : std::move(picker).finish()) {
    out.push_back(fmt::format("{} {:x}", symbol.name, symbol.address));
  }
  return out;
}

TEST(Kallsyms, FindsNamesInAnyPieces) {
  const std::string_view text =
      "ffffffff81000000 T _text\n"
      "ffffffff81000010 T schedule\n"
      "ffffffff81000020 t schedule_timeout\n"
      "nonsense\n"
      "\n"
      "ffffffff81000010 T schedule\n"
      "ffffffffa0000030 t schedule\t[toy]\n"
      "ffffffff81000040 d renamed.llvm.123\n"
      "ffffffff81000050 t renamed.llvm.123\n"
      "ffffffff81000060 D renamed";
  for (std::size_t piece = 1; piece < text.size() + 1; piece += 7) {
    EXPECT_THAT(pick(text, piece),
                ElementsAre("schedule ffffffff81000010", "schedule ffffffffa0000030",
                            "renamed ffffffff81000040", "renamed ffffffff81000060"))
        << piece;
  }
}

TEST(Kallsyms, RefusesALineWithoutEnd) {
  const std::vector<std::string> names = {"x"};
  SymbolPicker picker(names);
  EXPECT_FALSE(picker.feed(std::string(5000, 'a')));
}

TEST(KernelKconfig, IsInBootOrPackedInProc) {
  FakeSyscalls sys;
  sys.files[release] = "6.1.0-38-amd64\n";
  EXPECT_EQ(read_kconfig(sys).error().kind(), ErrorKind::unsupported);
  sys.files["/proc/config.gz"] = packed("CONFIG_HZ=250\n");
  EXPECT_EQ(read_kconfig(sys).value().text, "CONFIG_HZ=250\n");
  sys.files["/boot/config-6.1.0-38-amd64"] = "CONFIG_HZ=100\n";
  EXPECT_EQ(read_kconfig(sys).value().source, "/boot/config-6.1.0-38-amd64");
  EXPECT_EQ(read_kconfig(sys).value().text, "CONFIG_HZ=100\n");
}

TEST(KernelKconfig, UnpacksLargeAndRefusesDamagedFiles) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += fmt::format("CONFIG_{}=y\n", i);
  const auto file = packed(text);
  EXPECT_EQ(unpack(file).value(), text);
  EXPECT_EQ(unpack(text).value(), text);
  EXPECT_EQ(unpack("").value(), "");
  for (const std::size_t length : {2U, 9U, 100U}) {
    EXPECT_EQ(unpack(file.substr(0, length)).error().kind(), ErrorKind::bad_input) << length;
  }
  auto damaged = file;
  damaged[file.size() / 2] = static_cast<char>(~damaged[file.size() / 2]);
  EXPECT_FALSE(unpack(damaged));
  EXPECT_EQ(unpack(packed(std::string(17 << 20, 'x'))).error().kind(), ErrorKind::limit);
}

TEST(KernelVersion, IsThatOfTheDistribution) {
  FakeSyscalls sys;
  sys.files[release] = "6.1.0-38-amd64\n";
  EXPECT_EQ(read_kernel_version(sys).value(), 6U << 16 | 1U << 8);
  sys.files["/proc/sys/kernel/version"] = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.147-1 (2025-08-02)\n";
  EXPECT_EQ(read_kernel_version(sys).value(), 6U << 16 | 1U << 8 | 147);
  sys.files["/proc/version_signature"] = "Ubuntu 5.4.0-12.15-generic 5.4.8\n";
  EXPECT_EQ(read_kernel_version(sys).value(), 5U << 16 | 4U << 8 | 8);
  sys.files = {{release, "4.9.337\n"}};
  EXPECT_EQ(read_kernel_version(sys).value(), 4U << 16 | 9U << 8 | 255);
  sys.files = {{release, "unknown\n"}};
  EXPECT_FALSE(read_kernel_version(sys));
}

TEST(HostTarget, ReadsOnlyWhatIsAskedFor) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  const auto host = read_target(sys, {}, {}, {}, notes).value();
  EXPECT_THAT(sys.calls, IsEmpty());
  EXPECT_FALSE(host.target.types || host.target.has_bpf_cookie || host.target.has_syscall_wrapper);
  sys.files["/proc/kallsyms"] = "ffffffff81000010 T schedule\n";
  const auto symbols = read_target(sys, {.symbols = {"schedule"}}, {}, {}, notes).value();
  EXPECT_EQ(symbols.target.symbols.at(0).address, 0xffffffff81000010U);
  EXPECT_EQ(sys.calls.front(), "openat /proc/kallsyms");
  EXPECT_THAT(notes, IsEmpty());
}

TEST(HostTarget, SaysWhenTheKernelHidesItsAddresses) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  sys.files["/proc/kallsyms"] = "0000000000000000 T schedule\n";
  EXPECT_TRUE(read_target(sys, {.symbols = {"schedule"}}, {}, {}, notes));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("kptr_restrict")));
}

TEST(HostTarget, AsksForTheCookieByUsingIt) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  const auto before = test::open_descriptors();
  EXPECT_EQ(read_target(sys, {.bpf_cookie = true}, {}, {}, notes).value().target.has_bpf_cookie,
            true);
  EXPECT_EQ(test::open_descriptors(), before);
  sys.results[Command::program_load] = {-EINVAL, -EPERM};
  EXPECT_EQ(read_target(sys, {.bpf_cookie = true}, {}, {}, notes).value().target.has_bpf_cookie,
            false);
  EXPECT_FALSE(read_target(sys, {.bpf_cookie = true}, {}, {}, notes));
}

TEST(HostTarget, GivenConfigurationGoesFirst) {
  FakeSyscalls sys;
  std::vector<std::string> notes;
  const auto given = read_target(sys, {.kconfig = true}, {}, "CONFIG_HZ=1\n", notes).value();
  EXPECT_EQ(given.target.kconfig.size(), 1U);  // the machine's own cannot be read: it goes without
  sys.files[release] = "6.1.0\n";
  sys.files["/boot/config-6.1.0"] = "CONFIG_HZ=2\n";
  const auto both = read_target(sys, {.kconfig = true}, {}, "CONFIG_HZ=1\n", notes).value();
  ASSERT_EQ(both.target.kconfig.size(), 2U);
  EXPECT_EQ(both.target.kconfig[0].text, "CONFIG_HZ=1\n");
  EXPECT_FALSE(FakeSyscalls().files.contains(release));
  FakeSyscalls bare;
  EXPECT_FALSE(read_target(bare, {.kconfig = true}, {}, {}, notes));
}

// A kernel with BTF objects 1 (its own), 2 (a program's), 3 and 5 (modules'), 4 unloaded meanwhile.
struct Modules {
  BtfBuilder base;
  std::vector<std::byte> types;
  FakeSyscalls sys;
  std::map<std::uint32_t, std::uint32_t> ids;  // of descriptors
  HostTarget host;

  Modules() {
    base.add_int("int", 4);
    auto split = BtfBuilder::split_on(base);
    split.add_struct("toy", 4, {});
    types = split.build();
    host.target.types = base.btf();
    sys.on_bpf = [this](Command command, void* attributes) { return answer(command, attributes); };
  }

  std::optional<long> answer(Command command, void* attributes) {
    if (command == Command::types_next_id) {
      auto& id = *static_cast<IdAttributes*>(attributes);
      if (id.id == 5) return -ENOENT;
      id.next = id.id + 1;
      return 0;
    }
    if (command == Command::types_by_id) {
      const auto id = static_cast<IdAttributes*>(attributes)->id;
      if (id == 4) return -ENOENT;
      const int fd = ::eventfd(0, EFD_CLOEXEC);
      ids[static_cast<std::uint32_t>(fd)] = id;
      return fd;
    }
    if (command != Command::info_by_fd) return std::nullopt;
    const auto& info = *static_cast<InfoAttributes*>(attributes);
    auto& record = *reinterpret_cast<TypesInfoRecord*>(info.info);
    const auto id = ids.at(info.fd);
    const std::string name = id == 1 ? "vmlinux" : id == 2 ? "" : fmt::format("module{}", id);
    if (record.types != 0) {
      std::memcpy(reinterpret_cast<void*>(record.types), types.data(),
                  std::min<std::size_t>(record.size, types.size()));
    }
    if (record.name != 0)
      std::memcpy(reinterpret_cast<void*>(record.name), name.c_str(), name.size() + 1);
    record.size = static_cast<std::uint32_t>(types.size());
    record.is_kernels = id != 2;
    return 0;
  }
};

TEST(HostTarget, FindsModulesAndKeepsTheirDescriptors) {
  Modules kernel;
  const auto before = test::open_descriptors();
  ASSERT_TRUE(add_modules(kernel.sys, {.all = true}, kernel.host));
  ASSERT_EQ(kernel.host.target.modules.size(), 2U);
  EXPECT_EQ(kernel.host.target.modules[0].name, "module3");
  EXPECT_EQ(kernel.host.target.modules[1].name, "module5");
  EXPECT_TRUE(kernel.host.target.modules[1].types.find("toy", btf::Kind::struct_));
  EXPECT_EQ(kernel.ids.at(static_cast<std::uint32_t>(kernel.host.modules[1].get())), 5U);
  EXPECT_EQ(test::open_descriptors(), before + 2);
}

TEST(HostTarget, ReadsNamedModulesOnly) {
  Modules kernel;
  ASSERT_TRUE(add_modules(kernel.sys, {.all = false, .names = {"module5"}}, kernel.host));
  ASSERT_EQ(kernel.host.target.modules.size(), 1U);
  EXPECT_EQ(kernel.host.target.modules[0].name, "module5");
}

TEST(HostTarget, GoesWithoutModulesWhereNobodyMayAsk) {
  for (const long refusal : {-EPERM, -EINVAL}) {
    FakeSyscalls sys;
    sys.results[Command::types_next_id] = {refusal};
    HostTarget host;
    host.target.types = BtfBuilder().btf();
    EXPECT_TRUE(add_modules(sys, {.all = true}, host));
    EXPECT_THAT(host.target.modules, IsEmpty());
  }
}

TEST(HostTarget, LeavesNothingOpenWhenACallFails) {
  for (std::size_t n = 0; n < 12; ++n) {
    const auto before = test::open_descriptors();
    {
      Modules kernel;
      kernel.sys.fail_call = n;
      EXPECT_FALSE(add_modules(kernel.sys, {.all = true}, kernel.host)) << n;
    }
    EXPECT_EQ(test::open_descriptors(), before) << n;
  }
}

}  // namespace
}  // namespace skep::kernel
