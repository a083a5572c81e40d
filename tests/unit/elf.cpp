#include "elf/elf.hpp"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <string>

#include "base/file.hpp"

namespace skep::elf {
namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

std::vector<std::byte> sample() {
  return read_file(SKEP_TEST_OBJECTS "/parse_sample.bpf.o", 16 * mebibyte).value();
}

template <typename T>
void put(std::vector<std::byte>& bytes, std::uint64_t offset, T value) {
  ASSERT_LE(offset + sizeof(T), bytes.size());
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

Elf64_Ehdr header_of(const std::vector<std::byte>& bytes) { return *read_at<Elf64_Ehdr>(bytes, 0); }

// Where the header of section `name` stands in the file.
std::uint64_t header_at(const std::vector<std::byte>& bytes, std::string_view name) {
  const auto file = parse(bytes).value();
  return header_of(bytes).e_shoff + sizeof(Elf64_Shdr) * file.find(name)->index;
}

std::uint64_t symbol_at(const std::vector<std::byte>& bytes, std::string_view name) {
  const auto file = parse(bytes).value();
  const auto table = read_at<Elf64_Shdr>(bytes, header_at(bytes, ".symtab"))->sh_offset;
  for (const auto& symbol : file.symbols) {
    if (symbol.name == name) return table + sizeof(Elf64_Sym) * symbol.index;
  }
  ADD_FAILURE() << "no symbol " << name;
  return 0;
}

// Why the bytes are refused.
std::string why(const std::vector<std::byte>& bytes) {
  const auto file = parse(bytes);
  if (file) return "accepted";
  EXPECT_EQ(file.error().code(), 0);
  return file.error().message();
}

std::string why(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return why(std::vector(bytes.begin(), bytes.end()));
}

// Everything that a reader may ask a file.
std::size_t walk(const File& file) {
  std::size_t sum = 0;
  for (const auto& section : file.sections) {
    for (const auto byte : section.data) sum += std::to_integer<std::size_t>(byte);
    sum += section.name.size();
    if (const auto relocations = file.relocations_of(section.index)) {
      for (const auto& relocation : *relocations) {
        sum += file.symbols.at(relocation.symbol).name.size();
      }
    }
  }
  for (const auto& symbol : file.symbols) {
    sum += symbol.name.size();
    if (symbol.section < section_reserved) sum += file.sections.at(symbol.section).name.size();
  }
  return sum;
}

TEST(Elf, ReadsWhatClangWrote) {
  const auto bytes = sample();
  const auto file = parse(bytes).value();
  const Section* text = file.find("raw_tp/sched_process_exec");
  ASSERT_NE(text, nullptr);
  EXPECT_EQ(text->type, SectionType::progbits);
  EXPECT_EQ(text->flags, flag_alloc | flag_exec);
  EXPECT_EQ(text->data.size(), text->size);
  EXPECT_EQ(text->size % 8, 0U);
  EXPECT_EQ(&file.sections.at(text->index), text);
  const Section* license = file.find("license");
  ASSERT_NE(license, nullptr);
  EXPECT_EQ(string_at(license->data, 0), "GPL");
  const Section* bss = file.find(".bss");
  ASSERT_NE(bss, nullptr);
  EXPECT_EQ(bss->type, SectionType::nobits);
  EXPECT_EQ(bss->size, 9U);
  EXPECT_TRUE(bss->data.empty());
  EXPECT_EQ(file.find("xdp"), nullptr);
}

TEST(Elf, ReadsSymbolsAndRelocations) {
  const auto bytes = sample();
  const auto file = parse(bytes).value();
  const auto named = [&](std::string_view name) -> const Symbol& {
    for (const auto& symbol : file.symbols) {
      if (symbol.name == name) return symbol;
    }
    ADD_FAILURE() << "no symbol " << name;
    return file.symbols.front();
  };
  EXPECT_EQ(named("on_exec").type, SymbolType::function);
  EXPECT_EQ(named("on_exec").binding, Binding::global);
  EXPECT_EQ(named("on_exec").size, file.find("raw_tp/sched_process_exec")->size);
  EXPECT_EQ(named("put").binding, Binding::local);
  EXPECT_EQ(named("last").type, SymbolType::object);
  EXPECT_EQ(file.sections.at(named("last").section).name, ".data");
  EXPECT_EQ(named("CONFIG_HZ").section, section_undefined);

  const Section* text = file.find("raw_tp/sched_process_exec");
  const auto relocations = file.relocations_of(text->index).value();
  std::map<std::string, RelocationType, std::less<>> targets;
  for (const auto& relocation : relocations) {
    EXPECT_EQ(relocation.offset % 8, 0U);
    const auto& symbol = file.symbols.at(relocation.symbol);
    const bool is_section = symbol.type == SymbolType::section;
    targets.emplace(is_section ? file.sections.at(symbol.section).name : symbol.name,
                    relocation.type);
  }
  const std::map<std::string, RelocationType, std::less<>> expected = {
      {"wanted_pid", RelocationType::abs64_insn},
      {".text", RelocationType::call32},
      {"seen", RelocationType::abs64_insn},
      {"last", RelocationType::abs64_insn}};
  EXPECT_EQ(targets, expected);
  EXPECT_TRUE(file.relocations_of(file.find("license")->index).value().empty());
}

TEST(Elf, SaysWhatAFileIsInstead) {
  EXPECT_EQ(why(""), "not a BPF object: the file is empty");
  EXPECT_EQ(why("int main(void) { return 0; }\n"), "not a BPF object: it is text");
  EXPECT_EQ(why("BC\xC0\xDE\x35"), "not a BPF object: it is LLVM bitcode");
  EXPECT_EQ(why("!<arch>\n/ 0"), "not a BPF object: it is an archive");
  EXPECT_EQ(why("\x01\x02\x03"), "not a BPF object: it does not start with the ELF magic");
  EXPECT_EQ(why("\x7f"
                "ELF"),
            "the ELF header is cut short: the file has 4 bytes");
  const auto self = read_file("/proc/self/exe", 1024 * mebibyte);
  ASSERT_TRUE(self);
#ifdef __x86_64__
  EXPECT_NE(why(*self).find("64-bit little-endian shared library or executable for x86-64"),
            std::string::npos)
      << why(*self);
#endif
}

TEST(Elf, SaysWhichObjectItIs) {
  const auto patched = [](std::size_t at, auto value) {
    auto bytes = sample();
    put(bytes, at, value);
    return why(bytes);
  };
  const std::string start = "not a BPF object for this machine: it is a ";
  constexpr auto machine = offsetof(Elf64_Ehdr, e_machine), type = offsetof(Elf64_Ehdr, e_type);
  EXPECT_EQ(patched(machine, std::uint16_t{EM_X86_64}),
            start + "64-bit little-endian object for x86-64");
  EXPECT_EQ(patched(machine, std::uint16_t{999}),
            start + "64-bit little-endian object for machine 999");
  EXPECT_EQ(patched(type, std::uint16_t{ET_EXEC}),
            start + "64-bit little-endian executable for BPF");
  EXPECT_EQ(patched(EI_CLASS, std::uint8_t{ELFCLASS32}),
            start + "32-bit little-endian object for BPF");
  EXPECT_EQ(patched(EI_CLASS, std::uint8_t{9}),
            "not a BPF object: ELF class 9, byte order 1, version 1");
  auto big = sample();
  put(big, EI_DATA, std::uint8_t{ELFDATA2MSB});
  put(big, type, std::uint16_t{ET_REL << 8});
  put(big, machine, std::uint16_t{EM_BPF << 8});
  EXPECT_EQ(why(big), start + "64-bit big-endian object for BPF");
  EXPECT_EQ(parse(big).error().hints(),
            (std::vector<std::string>{"Compile it with -target bpfel."}));
}

struct Claim {
  const char* section;  // nullptr: the ELF header
  std::size_t offset;
  std::uint64_t value;
  int bytes;
  const char* expected;
};

TEST(Elf, ChecksWhatTheHeadersClaim) {
  constexpr std::uint64_t huge = ~std::uint64_t{0};
  const Claim claims[] = {
      {nullptr, offsetof(Elf64_Ehdr, e_shoff), 0, 8, "it has no section headers"},
      {nullptr, offsetof(Elf64_Ehdr, e_shoff), huge, 8, "cut short"},
      {nullptr, offsetof(Elf64_Ehdr, e_shoff), huge - 63, 8, "cut short"},
      {nullptr, offsetof(Elf64_Ehdr, e_shentsize), 56, 2, "section headers are 56 bytes each"},
      {nullptr, offsetof(Elf64_Ehdr, e_shnum), 0xfe00, 2, "65024 section headers"},
      {nullptr, offsetof(Elf64_Ehdr, e_shnum), 0, 2, "it has no sections"},
      {nullptr, offsetof(Elf64_Ehdr, e_shstrndx), 0, 2, "section names are in section 0"},
      {nullptr, offsetof(Elf64_Ehdr, e_shstrndx), 500, 2, "section names are in section 500"},
      {nullptr, offsetof(Elf64_Ehdr, e_shstrndx), 2, 2, "is no string table"},
      {".text", offsetof(Elf64_Shdr, sh_offset), huge, 8, "cut short"},
      {".text", offsetof(Elf64_Shdr, sh_size), huge, 8, "cut short"},
      {".text", offsetof(Elf64_Shdr, sh_size), 0x1000, 8, "the sections overlap"},
      {".text", offsetof(Elf64_Shdr, sh_name), 0xffffffff, 4, "its name is outside"},
      {".text", offsetof(Elf64_Shdr, sh_link), 77, 4, "links to section 77"},
      {".bss", offsetof(Elf64_Shdr, sh_size), std::uint64_t{1} << 32, 8, "claims 4294967296"},
      {".strtab", offsetof(Elf64_Shdr, sh_type), SHT_PROGBITS, 4, "is no string table"},
      {".symtab", offsetof(Elf64_Shdr, sh_entsize), 25, 8, ".symtab: 384 bytes of entries of 25"},
      {".symtab", offsetof(Elf64_Shdr, sh_size), 383, 8, ".symtab: 383 bytes of entries of 24"},
      {".symtab", offsetof(Elf64_Shdr, sh_link), 2, 4, "is no string table"},
      {".symtab", offsetof(Elf64_Shdr, sh_info), 17, 4, "17 local symbols of 16"},
      {".rel.text", offsetof(Elf64_Shdr, sh_info), 77, 4, "relocates section 77"},
      {".rel.text", offsetof(Elf64_Shdr, sh_type), SHT_SYMTAB, 4, "two symbol tables"},
  };
  for (const auto& claim : claims) {
    auto bytes = sample();
    const auto at = claim.offset + (claim.section == nullptr ? 0 : header_at(bytes, claim.section));
    std::memcpy(bytes.data() + at, &claim.value, static_cast<std::size_t>(claim.bytes));
    EXPECT_NE(why(bytes).find(claim.expected), std::string::npos)
        << (claim.section == nullptr ? "header" : claim.section) << "+" << claim.offset << ": "
        << why(bytes) << "\nexpected: " << claim.expected;
  }
}

TEST(Elf, ChecksSymbols) {
  const auto patched = [](const char* symbol, std::size_t at, auto value) {
    auto bytes = sample();
    put(bytes, symbol_at(bytes, symbol) + at, value);
    return why(bytes);
  };
  constexpr auto section = offsetof(Elf64_Sym, st_shndx), value = offsetof(Elf64_Sym, st_value);
  constexpr auto size = offsetof(Elf64_Sym, st_size), name = offsetof(Elf64_Sym, st_name);
  EXPECT_NE(patched("last", section, std::uint16_t{77}).find("is in section 77"),
            std::string::npos);
  EXPECT_NE(patched("last", section, std::uint16_t{SHN_XINDEX}).find("extended section"),
            std::string::npos);
  EXPECT_NE(patched("last", value, ~std::uint64_t{0}).find("'last'"), std::string::npos);
  EXPECT_NE(patched("last", size, ~std::uint64_t{0}).find("'last'"), std::string::npos);
  EXPECT_NE(patched("last", size, std::uint64_t{97}).find("0x61 bytes at 0x0 in .data, of 0x60"),
            std::string::npos);
  EXPECT_NE(patched("last", name, ~std::uint32_t{0}).find("its name is outside"),
            std::string::npos);
  EXPECT_EQ(patched("last", section, std::uint16_t{SHN_ABS}), "accepted");
}

TEST(Elf, ChecksRelocations) {
  const auto patched = [](std::size_t at, auto value, bool in_header = false) {
    auto bytes = sample();
    const auto header = header_at(bytes, ".rel.text");
    const auto data = read_at<Elf64_Shdr>(bytes, header)->sh_offset;
    put(bytes, (in_header ? header : data) + at, value);
    const auto file = parse(bytes).value();
    const auto relocations = file.relocations_of(file.find(".text")->index);
    return relocations ? std::string("accepted") : relocations.error().message();
  };
  EXPECT_EQ(patched(offsetof(Elf64_Rel, r_offset), ~std::uint64_t{0}),
            ".rel.text: relocation 0 is at 0xffffffffffffffff of 0xb8 bytes");
  EXPECT_EQ(patched(offsetof(Elf64_Rel, r_info), ELF64_R_INFO(std::uint64_t{16}, 1)),
            ".rel.text: relocation 0 is of symbol 16 of 16");
  EXPECT_EQ(patched(offsetof(Elf64_Shdr, sh_entsize), std::uint64_t{24}, true),
            ".rel.text: 32 bytes of entries of 24, should be of 16");
  EXPECT_EQ(patched(offsetof(Elf64_Shdr, sh_link), std::uint32_t{1}, true),
            ".rel.text: section 1 is no symbol table");
  EXPECT_EQ(patched(offsetof(Elf64_Shdr, sh_type), std::uint32_t{SHT_RELA}, true),
            ".rel.text: relocations with addends; BPF has none");
}

// gABI: numbers of 0xff00 sections and more stand in the first section header.
TEST(Elf, ReadsExtendedNumbers) {
  auto bytes = sample();
  const auto before = parse(bytes).value();
  const auto header = header_of(bytes);
  put(bytes, header.e_shoff + offsetof(Elf64_Shdr, sh_size), std::uint64_t{header.e_shnum});
  put(bytes, header.e_shoff + offsetof(Elf64_Shdr, sh_link), std::uint32_t{header.e_shstrndx});
  put(bytes, offsetof(Elf64_Ehdr, e_shnum), std::uint16_t{0});
  put(bytes, offsetof(Elf64_Ehdr, e_shstrndx), std::uint16_t{SHN_XINDEX});
  const auto after = parse(bytes).value();
  ASSERT_EQ(after.sections.size(), before.sections.size());
  EXPECT_EQ(walk(after), walk(before));
  put(bytes, header.e_shoff + offsetof(Elf64_Shdr, sh_size), std::uint64_t{1} << 58);
  EXPECT_NE(why(bytes).find("cut short"), std::string::npos);
}

TEST(Elf, RefusesEveryTruncation) {
  const auto whole = sample();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own, so that the sanitizer sees the first byte read beyond it.
    const std::vector part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_FALSE(parse(part)) << "cut at " << size;
  }
}

TEST(Elf, SurvivesFlippedBits) {
  const auto whole = sample();
  std::mt19937 random(1);
  std::size_t accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    auto bytes = whole;
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << random() % 8);
    }
    if (const auto file = parse(bytes)) {
      walk(*file);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 0U);  // most flips hit code and data
}

}  // namespace
}  // namespace skep::elf
