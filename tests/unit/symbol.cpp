// Addresses to names: of the kernel from a text, of real processes whose binaries are made here.
#include <dlfcn.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "elf/user_binary.hpp"
#include "skep/fd.hpp"
#include "skep/symbol.hpp"
#include "symbol/mappings.hpp"
#include "symbol/perf_map.hpp"

// An address of this very process.
extern "C" [[gnu::noinline]] int skep_test_landmark(int x) { return x * 7 + 1; }

namespace skep {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

TEST(Demangle, CppAndRust) {
  EXPECT_EQ(demangle("_ZN3net4sendEi"), "net::send(int)");
  EXPECT_EQ(demangle("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
  EXPECT_EQ(demangle("_RNvNtCs1234_7mycrate3foo3bar"), "mycrate::foo::bar");
  EXPECT_EQ(demangle("_ZN4work5outerIiEEiRT_"), "work::outer<int>(int&)");
  EXPECT_EQ(demangle("main"), "main");
  EXPECT_EQ(demangle("_Znonsense"), "_Znonsense");
  EXPECT_EQ(demangle(""), "");
  EXPECT_EQ(demangle("_RNvNtCs1234_000"), "_RNvNtCs1234_000");  // of three empty names
  const std::string long_name = "_ZN" + std::string(100000, '9');
  EXPECT_EQ(demangle(long_name), long_name);
}

constexpr const char* kallsyms =
    "ffffffff81000000 T _stext\n"
    "ffffffff81000000 t first\n"
    "ffffffff81000100 t second_alias\n"
    "ffffffff81000100 T second\n"
    "ffffffff81000200 D some_data\n"
    "ffffffff81000300 T  nameless\n"
    "ffffffff81002000 T _etext\n"
    "ffffffffc0000000 t of_module\t[some_module]\n"
    "ffffffffc0100000 t bpf_prog_0123456789abcdef_exec\t[bpf]\n"
    "nonsense\n";

TEST(KernelSymbols, NameFunctionsModulesAndPrograms) {
  KernelSymbols symbols{std::string(kallsyms)};
  EXPECT_EQ(symbols.text(0xffffffff81000010), "first+0x10");
  EXPECT_EQ(symbols.text(0xffffffff81000210), "second+0x110");
  EXPECT_EQ(symbols.text(0xffffffff81000310), "second+0x210");
  EXPECT_EQ(symbols.text(0xffffffffc0000004), "of_module+0x4 [some_module]");
  EXPECT_EQ(symbols.text(0xffffffffc0100001), "bpf_prog_0123456789abcdef_exec+0x1 [bpf]");
  EXPECT_EQ(symbols.note(), std::nullopt);
}

// What was loaded since is not the function below it.
TEST(KernelSymbols, NoneWhereNoneIs) {
  KernelSymbols symbols{std::string(kallsyms)};
  for (const std::uint64_t address : {0x1000UL, 0xffffffff80000000UL, 0xffffffffc0080000UL}) {
    EXPECT_EQ(symbols.find(address).function, "") << address;
    EXPECT_EQ(symbols.text(address), fmt::format("{:#x}", address));
  }
}

// A call at the very end of a function that never returns comes back to the next one.
TEST(KernelSymbols, ReturnAddressesBelongToTheCall) {
  KernelSymbols symbols{std::string(kallsyms)};
  const std::uint64_t stack[] = {0xffffffff81000100, 0xffffffff81000100};
  const auto frames = symbols.find_stack(stack);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].text(), "second+0x0");
  EXPECT_EQ(frames[1].text(), "first+0x100");
}

TEST(KernelSymbols, HiddenAddressesAreSaid) {
  KernelSymbols symbols("0000000000000000 T _stext\n0000000000000000 t first\n");
  EXPECT_EQ(symbols.text(0xffffffff81000010), "0xffffffff81000010");
  EXPECT_EQ(symbols.find(0xffffffff81000010).why, "hidden");
  ASSERT_TRUE(symbols.note());
  EXPECT_THAT(*symbols.note(), HasSubstr("kernel.kptr_restrict"));
}

TEST(PerfMap, FindsWhatWasWrittenLast) {
  const symbol::PerfMap map(
      "1000 100 first\n0x1100 0x10 second with spaces\n1000 80 again\nnonsense\n2000 0 empty\n"
      "ffffffffffffff00 200 wraps\n1200 10 unfinished");
  EXPECT_EQ(map.size(), 3U);
  const auto name = [&](std::uint64_t address) {
    const auto* entry = map.find(address);
    return entry == nullptr ? std::string_view("-") : entry->name;
  };
  EXPECT_EQ(name(0xfff), "-");
  EXPECT_EQ(name(0x1000), "again");
  EXPECT_EQ(name(0x1080), "first");
  EXPECT_EQ(name(0x1105), "second with spaces");
  EXPECT_EQ(name(0x1110), "-");
  EXPECT_EQ(name(0x1200), "-");
}

TEST(Mappings, AreRead) {
  const auto mappings = symbol::parse_mappings(
      "7000-8000 rw-p 00000000 00:00 0 \n"
      "5000-6000 r-xp 00001000 08:01 42         /usr/bin/a b (deleted)\n"
      "4000-5000 r-xp 00000000 00:00 0          [vdso]\n"
      "3000-4000 rwxp 00000000 00:00 0 \n"
      "2000-1000 r-xp 00000000 00:00 0 \n"
      "9000-a000 r-x");
  ASSERT_EQ(mappings.size(), 3U);
  EXPECT_EQ(mappings[0].path, "");
  EXPECT_EQ(mappings[1].path, "[vdso]");
  EXPECT_EQ(mappings[2].path, "/usr/bin/a b");
  EXPECT_TRUE(mappings[2].is_deleted);
  EXPECT_EQ(mappings[2].inode, 42U);
  EXPECT_EQ(mappings[2].offset, 0x1000U);
  EXPECT_EQ(symbol::find_mapping(mappings, 0x5fff), &mappings[2]);
  EXPECT_EQ(symbol::find_mapping(mappings, 0x6000), nullptr);
  EXPECT_EQ(symbol::find_mapping(mappings, 0x2fff), nullptr);
}

TEST(UserSymbols, OfThisProcess) {
  UserSymbols symbols;
  const auto address = reinterpret_cast<std::uintptr_t>(&skep_test_landmark);
  const auto frames = symbols.find(::getpid(), address + 1);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].function, "skep_test_landmark");
  EXPECT_EQ(frames[0].offset, 1U);
  EXPECT_THAT(frames[0].module, EndsWith("symbol_test"));
  EXPECT_THAT(frames[0].file, EndsWith("symbol.cpp"));
  EXPECT_GT(frames[0].line, 0U);
}

// What the kernel tells with BPF_F_STACK_BUILD_ID: not an address, but a file and a place in it.
TEST(UserSymbols, ByBuildId) {
  const auto address = reinterpret_cast<std::uint64_t>(&skep_test_landmark);
  UserSymbols symbols;
  const auto known = symbols.find(::getpid(), address);
  const auto binary = elf::UserBinary::open("/proc/self/exe");
  ASSERT_TRUE(binary);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(binary->build_id().data());
  std::vector<std::uint8_t> id(bytes, bytes + binary->build_id().size());
  ASSERT_FALSE(id.empty()) << "the linker makes no build ids";
  const std::uint64_t offset = known.back().module_offset;
  const auto same = symbols.find_in_build(::getpid(), id, offset);
  EXPECT_EQ(same.back().function, "skep_test_landmark");
  EXPECT_EQ(same.back().offset, 0U);
  EXPECT_EQ(same.back().module, known.back().module);
  EXPECT_EQ(same.back().module_offset, offset);
  EXPECT_EQ(same.back().build_id.size(), 2 * id.size());
  const auto after = symbols.find_in_build(::getpid(), id, offset + 1, true);
  EXPECT_EQ(after.back().text().substr(0, 22), "skep_test_landmark+0x1");
  // By a process that nobody saw, of a file that was seen.
  EXPECT_EQ(symbols.find_in_build(0, id, offset).back().function, "skep_test_landmark");
  for (auto& byte : id) byte ^= 0xff;
  const auto unknown = symbols.find_in_build(::getpid(), id, 0x1234);
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].function, "");
  EXPECT_THAT(unknown[0].text(), HasSubstr("+0x1234 [no file with that build id was seen]"));
  EXPECT_EQ(symbols.find_in_build(0, {}, 0)[0].function, "");
}

TEST(UserSymbols, SaysWhatItReads) {
  std::vector<std::string> told;
  UserSymbols symbols({.progress = [&told](std::string_view what) { told.emplace_back(what); }});
  const auto address = reinterpret_cast<std::uint64_t>(&skep_test_landmark);
  for (int i = 0; i < 2; ++i) EXPECT_NE(symbols.find(::getpid(), address).back().function, "");
  EXPECT_THAT(told, ElementsAre(HasSubstr("read the symbols of /")));
}

TEST(UserSymbols, OfTheKernelsCodeInProcesses) {
  void* vdso = ::dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
  void* function = vdso != nullptr ? ::dlsym(vdso, "__vdso_clock_gettime") : nullptr;
  if (function == nullptr) GTEST_SKIP() << "no vdso in this process";
  UserSymbols symbols;
  const auto frames = symbols.find(::getpid(), reinterpret_cast<std::uintptr_t>(function));
  EXPECT_EQ(frames.back().module, "[vdso]");
  EXPECT_THAT(frames.back().function, HasSubstr("clock_gettime"));
}

// As a just-in-time compiler does it: code in memory, and its names in /tmp/perf-PID.map.
TEST(UserSymbols, OfCodeThatWasCompiledJustInTime) {
  void* code = ::mmap(nullptr, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(code, MAP_FAILED);
  const auto address = reinterpret_cast<std::uintptr_t>(code);
  UserSymbols symbols;
  const auto unknown = symbols.find(::getpid(), address);
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].why, "no file behind it");
  EXPECT_EQ(unknown[0].function, "");

  const auto path = fmt::format("/tmp/perf-{}.map", ::getpid());
  std::ofstream(path) << fmt::format("{:x} 100 Interpreter::loop\n", address);
  EXPECT_EQ(symbols.find(::getpid(), address + 4)[0].text(), "Interpreter::loop+0x4 ([jit])");
  std::ofstream(path, std::ios::app) << fmt::format("{:x} 100 script.js:7\n", address + 4096);
  EXPECT_EQ(symbols.find(::getpid(), address + 4096)[0].function, "script.js:7");
  std::ofstream(path) << fmt::format("{:x} 80 other.js:12345\n{:x} 100 script.js:8\n",
                                     address + 4608, address + 4096);
  EXPECT_EQ(symbols.find(::getpid(), address + 4608)[0].function, "other.js:12345");
  // Another one of the same size.
  const auto size = std::filesystem::file_size(path);
  std::ofstream(path) << fmt::format("{:x} 80 other.js:12345\n{:x} 100 script.js:9\n",
                                     address + 5120, address + 4096);
  ASSERT_EQ(std::filesystem::file_size(path), size);
  EXPECT_EQ(symbols.find(::getpid(), address + 5120)[0].function, "other.js:12345");
  std::filesystem::remove(path);
  ::munmap(code, 8192);
}

constexpr const char* source = R"(
#include <stdio.h>
namespace work {
struct Place { int x; };
__attribute__((noinline)) int report(Place place) {
  printf("%p\n", __builtin_return_address(0));
  fflush(stdout);
  return place.x + getchar();
}
__attribute__((always_inline)) inline int within(int x) {
  return report({x}) + 1;  // line 11
}
__attribute__((noinline)) int outer(int x) {
  return within(x) * 3;  // line 14
}
}
int main(int argc, char**) { return work::outer(argc) == 0; }
)";

// A process that waits where a function was called, and says where that is.
class Waiting {
 public:
  explicit Waiting(const std::filesystem::path& program) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return;
    const Fd read_in(in[0]), write_out(out[1]);
    stdin_.reset(in[1]);
    from_.reset(out[0]);
    pid = ::fork();
    if (pid == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::execl(program.c_str(), program.c_str(), nullptr);
      ::_exit(127);
    }
    address = read_address();
  }
  ~Waiting() { end(); }
  std::uint64_t read_address() const {
    char text[64] = {};
    const bool is_there = ::read(from_.get(), text, sizeof(text) - 1) > 2;
    return is_there ? std::strtoull(text, nullptr, 16) : 0;
  }
  void go_on() const { EXPECT_EQ(::write(stdin_.get(), "\n", 1), 1); }
  void end() {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    pid = -1;
  }

  pid_t pid = -1;
  std::uint64_t address = 0;  // where the call returns to

 private:
  Fd stdin_, from_;
};

class SymbolsOfProcesses : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "skep-symbol-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    std::ofstream(folder / "work.cc") << source;
    run("g++ -g -O1 -fno-omit-frame-pointer -Wl,--build-id -o work work.cc");
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void run(const std::string& command) const {
    const auto line = "cd " + folder.string() + " && " + command;
    ASSERT_EQ(std::system(line.c_str()), 0) << line;
  }
  // The frames of the call, as texts without offsets and folders.
  std::vector<std::string> find(UserSymbols& symbols, const Waiting& process) const {
    return find(symbols, process.pid, process.address);
  }
  std::vector<std::string> find(UserSymbols& symbols, pid_t pid, std::uint64_t address) const {
    std::vector<std::string> out;
    for (const auto& frame : symbols.find_stack(pid, std::array{std::uint64_t{1}, address})) {
      if (frame.address == 1) continue;
      out.push_back(frame.function + (frame.is_inlined ? "*" : "") +
                    (frame.line > 0 ? fmt::format(":{}", frame.line) : "") + frame.why);
    }
    return out;
  }
  std::filesystem::path folder;
};

TEST_F(SymbolsOfProcesses, WithLinesAndInlinedFunctions) {
  const Waiting process(folder / "work");
  ASSERT_NE(process.address, 0U);
  UserSymbols symbols;
  EXPECT_THAT(find(symbols, process), ElementsAre("work::within(int)*:11", "work::outer(int):14"));
  UserSymbols plain({.lines = false});
  EXPECT_THAT(find(plain, process), ElementsAre("work::outer(int)"));
}

TEST_F(SymbolsOfProcesses, StrippedWithASeparateFileByBuildId) {
  run("objcopy --only-keep-debug work work.debug && strip work && "
      "id=$(readelf -n work | sed -n 's/.*Build ID: //p') && "
      "mkdir -p debug/.build-id/$(echo $id | cut -c1-2) && "
      "mv work.debug debug/.build-id/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-).debug");
  const Waiting process(folder / "work");
  UserSymbols blind;
  EXPECT_THAT(find(blind, process), ElementsAre("no symbol in its file"));
  UserSymbols symbols({.debug_folder = folder / "debug"});
  EXPECT_THAT(find(symbols, process), ElementsAre("work::within(int)*:11", "work::outer(int):14"));
}

TEST_F(SymbolsOfProcesses, StrippedWithSymbolsPackedInside) {
  run("objcopy --strip-debug work small && xz small && strip work && "
      "objcopy --add-section .gnu_debugdata=small.xz work");
  const Waiting process(folder / "work");
  UserSymbols symbols;
  EXPECT_THAT(find(symbols, process), ElementsAre("work::outer(int)"));
}

// Anybody can write a build id into a file.
TEST_F(SymbolsOfProcesses, ABuildIdIsNotEnoughToShareThem) {
  run("objcopy --redefine-sym _ZN4work5outerEi=_ZN4fake5outerEi work forged");
  const Waiting forged(folder / "forged"), process(folder / "work");
  UserSymbols symbols({.lines = false});
  EXPECT_THAT(find(symbols, forged), ElementsAre("fake::outer(int)"));
  EXPECT_THAT(find(symbols, process), ElementsAre("work::outer(int)"));
}

// The names of what was compiled go with the program that compiled it.
TEST_F(SymbolsOfProcesses, ExecutingAnotherProgramForgetsWhatWasCompiled) {
  std::ofstream(folder / "jit.c") << R"(
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char** argv) {
  void* at = mmap((void*)0x200000000000, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  printf("%p\n", at);
  fflush(stdout);
  getchar();
  if (argc == 1) execl(argv[0], argv[0], "again", (char*)0);
  return 0;
})";
  run("gcc -o jit jit.c");
  Waiting process(folder / "jit");
  const auto path = fmt::format("/tmp/perf-{}.map", process.pid);
  std::ofstream(path) << fmt::format("{:x} 100 old\n", process.address);
  UserSymbols symbols;
  EXPECT_EQ(symbols.find(process.pid, process.address)[0].function, "old");
  std::filesystem::remove(path);
  process.go_on();
  EXPECT_EQ(process.read_address(), process.address);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string name = "old";  // it is looked at once a second
  while (name == "old" && std::chrono::steady_clock::now() < end) {
    ::usleep(20'000);
    name = symbols.find(process.pid, process.address)[0].function;
  }
  EXPECT_EQ(name, "");
}

TEST_F(SymbolsOfProcesses, Deleted) {
  const Waiting process(folder / "work");
  std::filesystem::remove(folder / "work");
  UserSymbols symbols;
  const auto found = find(symbols, process);
  if (found == std::vector<std::string>{"its file cannot be read"}) {
    GTEST_SKIP() << "/proc/PID/map_files takes a privilege";
  }
  EXPECT_THAT(found, ElementsAre("work::within(int)*:11", "work::outer(int):14"));
}

// Who was seen while it ran is named afterwards; who was not gets no other's name.
TEST_F(SymbolsOfProcesses, OfAProcessThatHasEnded) {
  Waiting process(folder / "work");
  UserSymbols symbols, late;
  const pid_t pid = process.pid;
  EXPECT_TRUE(symbols.remember(pid));
  process.end();
  std::filesystem::remove(folder / "work");
  EXPECT_THAT(find(symbols, pid, process.address),
              ElementsAre("work::within(int)*:11", "work::outer(int):14"));
  EXPECT_THAT(find(late, pid, process.address), ElementsAre("exited"));
  EXPECT_FALSE(late.remember(pid));
}

}  // namespace
}  // namespace skep
