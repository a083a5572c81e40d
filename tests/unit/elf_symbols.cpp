#include "elf/symbols.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "elf/nearest.hpp"

// Functions of this program that the tests look for.
extern "C" __attribute__((noinline, used, visibility("default"))) int skep_elf_test_function(
    int value) {
  return value * 3 + 1;
}

namespace skep::elf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* self = "/proc/self/exe";

TEST(ElfSymbols, FindsTheBytesOfAFunction) {
  const auto offset = file_offset_of(self, "skep_elf_test_function");
  ASSERT_TRUE(offset) << offset.error().message();
  const auto file = read_file(self, std::uint64_t{4} << 30).value();
  constexpr std::size_t length = 8;
  const auto bytes = slice(file, *offset, length);
  ASSERT_TRUE(bytes);
  // The code that stands there is the code that runs.
  const auto* code = reinterpret_cast<const void*>(&skep_elf_test_function);
  EXPECT_EQ(std::memcmp(bytes->data(), code, length), 0);
}

// The default version, not the old one that the dynamic linker keeps for old programs.
TEST(ElfSymbols, FindsWhatTheDynamicLinkerFinds) {
  Dl_info info{};
  void* address = ::dlsym(RTLD_DEFAULT, "pthread_cond_signal");
  ASSERT_NE(address, nullptr);
  ASSERT_NE(::dladdr(address, &info), 0);
  const auto offset = file_offset_of(info.dli_fname, "pthread_cond_signal");
  ASSERT_TRUE(offset) << offset.error().message();
  const auto file = read_file(info.dli_fname, 1 << 28).value();
  EXPECT_EQ(std::memcmp(file.data() + *offset, address, 16), 0);
}

// A file of one segment, loaded elsewhere than it stands in the file, with these functions.
class Binary {
 public:
  struct Function {
    const char* name;
    std::uint64_t address;
    unsigned char binding = STB_GLOBAL;
    unsigned char type = STT_FUNC;
  };
  static constexpr std::uint64_t address = 0x401000, offset = 0x200, size = 0x100;

  explicit Binary(const std::vector<Function>& functions) {
    std::string names(1, '\0');
    std::vector<Elf64_Sym> symbols(1);
    for (const auto& function : functions) {
      Elf64_Sym symbol{};
      symbol.st_name = static_cast<Elf64_Word>(names.size());
      symbol.st_info = static_cast<unsigned char>(function.binding << 4 | function.type);
      symbol.st_shndx = SHN_ABS;
      symbol.st_value = function.address;
      names += function.name + std::string(1, '\0');
      symbols.push_back(symbol);
    }
    write(names, symbols);
  }
  ~Binary() { std::filesystem::remove(path_); }
  Binary(const Binary&) = delete;
  Binary& operator=(const Binary&) = delete;

  [[nodiscard]] Result<std::uint64_t> find(std::string_view name) const {
    return file_offset_of(path_, name);
  }

 private:
  void write(const std::string& names, const std::vector<Elf64_Sym>& symbols) {
    std::vector<std::byte> file;
    const std::uint64_t symbols_at = offset + size;
    const std::uint64_t symbols_size = symbols.size() * sizeof(Elf64_Sym);
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_version = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_ehsize = sizeof(header);
    header.e_phoff = sizeof(header);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_shoff = round_up(symbols_at + symbols_size + names.size(), 8);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 3;
    append_bytes(file, header);
    append_bytes(file, Elf64_Phdr{PT_LOAD, PF_R | PF_X, offset, address, address, size, size, 16});
    file.resize(symbols_at);
    for (const auto& symbol : symbols) append_bytes(file, symbol);
    for (const char c : names) append_bytes(file, c);
    file.resize(header.e_shoff);
    append_bytes(file, Elf64_Shdr{});
    append_bytes(file, Elf64_Shdr{0, SHT_SYMTAB, 0, 0, symbols_at, symbols_size, 2, 1, 8,
                                  sizeof(Elf64_Sym)});
    append_bytes(
        file, Elf64_Shdr{0, SHT_STRTAB, 0, 0, symbols_at + symbols_size, names.size(), 0, 0, 1, 0});
    path_ = std::filesystem::temp_directory_path() / "skep-elf-XXXXXX";
    const Fd fd(::mkstemp(path_.data()));
    ASSERT_TRUE(write_all(fd.get(), file));
  }

  std::string path_;
};

TEST(ElfSymbols, MapsAddressesThroughTheSegments) {
  const Binary binary(
      {{"start", 0x401000}, {"last", 0x4010ff}, {"beyond", 0x401100}, {"before", 0x400fff}});
  EXPECT_EQ(binary.find("start").value(), 0x200U);
  EXPECT_EQ(binary.find("last").value(), 0x2ffU);
  EXPECT_THAT(binary.find("beyond").error().message(), HasSubstr("in no loaded segment"));
  EXPECT_THAT(binary.find("before").error().message(), HasSubstr("in no loaded segment"));
}

TEST(ElfSymbols, PrefersWhatCallersReach) {
  const Binary binary({{"f", 0x401001, STB_LOCAL},
                       {"f", 0x401002, STB_LOCAL},
                       {"f", 0x401003, STB_WEAK},
                       {"f", 0x401004, STB_GLOBAL},
                       {"alias", 0x401005},
                       {"alias", 0x401005},
                       {"twice", 0x401006, STB_LOCAL},
                       {"twice", 0x401007, STB_LOCAL},
                       {"picked", 0x401008, STB_GLOBAL, STT_GNU_IFUNC},
                       {"data", 0x401009, STB_GLOBAL, STT_OBJECT}});
  EXPECT_EQ(binary.find("f").value(), 0x204U);
  EXPECT_EQ(binary.find("alias").value(), 0x205U);
  EXPECT_THAT(binary.find("twice").error().message(), HasSubstr("2 functions are called 'twice'"));
  EXPECT_EQ(binary.find("picked").error().kind(), ErrorKind::unsupported);
  EXPECT_EQ(binary.find("data").error().kind(), ErrorKind::not_found);
}

TEST(ElfSymbols, SaysThatAFileIsStripped) {
  const auto stripped = Binary({}).find("f");
  EXPECT_EQ(stripped.error().kind(), ErrorKind::not_found);
  EXPECT_THAT(stripped.error().message(), HasSubstr("it has no symbols"));
}

TEST(ElfSymbols, HintsAtTheNearestNames) {
  const auto wrong = file_offset_of(self, "skep_elf_test_funtcion");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind(), ErrorKind::not_found);
  EXPECT_EQ(wrong.error().message(), "/proc/self/exe: no function 'skep_elf_test_funtcion'");
  ASSERT_EQ(wrong.error().hints().size(), 1U);
  EXPECT_EQ(wrong.error().hints()[0], "It has: skep_elf_test_function.");
  const auto prefix = file_offset_of(self, "skep_elf_test");
  EXPECT_THAT(prefix.error().hints(), ElementsAre(HasSubstr("skep_elf_test_function")));
  const auto none = file_offset_of(self, "zqxjkv_zqxjkv_zqxjkv");
  EXPECT_THAT(none.error().hints(), IsEmpty());
}

TEST(ElfSymbols, SaysWhatAFileIsNot) {
  EXPECT_EQ(file_offset_of("/no/such/file", "main").error().kind(), ErrorKind::not_found);
  const auto object = file_offset_of(SKEP_TEST_OBJECTS "/parse_sample.bpf.o", "on_exec");
  EXPECT_EQ(object.error().kind(), ErrorKind::bad_input);
  EXPECT_THAT(object.error().message(), HasSubstr("neither an executable nor a shared library"));
  EXPECT_THAT(file_offset_of("/etc/passwd", "root").error().message(), HasSubstr("no ELF file"));
  EXPECT_THAT(file_offset_of("/dev/null", "x").error().message(), HasSubstr("no ELF file"));
  EXPECT_THAT(file_offset_of("/", "x").error().message(), HasSubstr("no ELF file"));
}

TEST(ElfNearest, CountsChanges) {
  EXPECT_EQ(distance("readline", "readline", 2), 0U);
  EXPECT_EQ(distance("readline", "raedline", 2), 1U);
  EXPECT_EQ(distance("readline", "redline", 2), 1U);
  EXPECT_EQ(distance("readline", "readlines", 2), 1U);
  EXPECT_EQ(distance("readline", "roadlike", 2), 2U);
  EXPECT_EQ(distance("readline", "writeline", 2), 3U);
  EXPECT_EQ(distance("", "ab", 2), 2U);
  EXPECT_EQ(distance(std::string(1000, 'a'), std::string(1000, 'a'), 2), 3U);
}

TEST(ElfNearest, KeepsTheFiveBest) {
  Nearest nearest("malloc");
  for (const auto* name : {"malloc_stats", "free", "maloc", "malloc_trim", "mallocx", "calloc",
                           "valloc", "malloc_usable", "maloc", "xmalloc", "my_malloc_hook"}) {
    nearest.offer(name);
  }
  EXPECT_THAT(nearest.names(), ElementsAre("calloc", "mallocx", "maloc", "valloc", "xmalloc"));
}

}  // namespace
}  // namespace skep::elf
