#include "elf/identify.hpp"

#include <elf.h>

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace skep::elf {
namespace {

constexpr std::string_view how_to_compile =
    "Compile it with: clang -target bpf -O2 -g -c FILE.bpf.c";

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_BPF:
      return "BPF";
    case EM_386:
      return "x86 (i386)";
    case EM_X86_64:
      return "x86-64";
    case EM_ARM:
      return "arm";
    case EM_AARCH64:
      return "arm64";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC:
      return "PowerPC";
    case EM_PPC64:
      return "64-bit PowerPC";
    case EM_S390:
      return "s390";
    case EM_MIPS:
      return "MIPS";
    case EM_SPARCV9:
      return "64-bit SPARC";
    case EM_LOONGARCH:
      return "LoongArch";
    default:
      return fmt::format("machine {}", machine);
  }
}

std::string_view type_name(std::uint16_t type) noexcept {
  switch (type) {
    case ET_REL:
      return "object";
    case ET_EXEC:
      return "executable";
    case ET_DYN:
      return "shared library or executable";
    case ET_CORE:
      return "core dump";
    default:
      return "file of unknown type";
  }
}

bool starts_with(Bytes bytes, std::string_view text) noexcept {
  const auto prefix = std::as_bytes(std::span(text));
  return bytes.size() >= prefix.size() && std::ranges::equal(bytes.first(prefix.size()), prefix);
}

// What a file without the ELF magic most likely is.
std::string_view guess(Bytes bytes) noexcept {
  if (starts_with(bytes, "BC\xC0\xDE")) return "it is LLVM bitcode";
  if (starts_with(bytes, "!<arch>\n")) return "it is an archive";
  const auto is_text = [](std::byte byte) {
    const auto c = std::to_integer<unsigned char>(byte);
    return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t' || c == '\r';
  };
  const auto start = bytes.first(std::min<std::size_t>(bytes.size(), 512));
  if (std::ranges::all_of(start, is_text)) return "it is text";
  return "it does not start with the ELF magic";
}

Result<void> check_ident(Bytes bytes) {
  if (bytes.empty()) return fail(ErrorKind::bad_input, "not a BPF object: the file is empty");
  if (!starts_with(bytes, ELFMAG)) {
    auto error = Error(ErrorKind::bad_input, fmt::format("not a BPF object: {}", guess(bytes)));
    return std::unexpected(std::move(error).hint(std::string(how_to_compile)));
  }
  if (bytes.size() < EI_NIDENT + 2 * sizeof(std::uint16_t)) {
    return fail(ErrorKind::bad_input, "the ELF header is cut short: the file has {} bytes",
                bytes.size());
  }
  return {};
}

}  // namespace

Result<void> check_is_bpf_object(Bytes bytes) {
  SKEP_CHECK(check_ident(bytes));
  const auto elf_class = std::to_integer<int>(bytes[EI_CLASS]);
  const auto order = std::to_integer<int>(bytes[EI_DATA]);
  const auto version = std::to_integer<int>(bytes[EI_VERSION]);
  if ((elf_class != ELFCLASS32 && elf_class != ELFCLASS64) ||
      (order != ELFDATA2LSB && order != ELFDATA2MSB) || version != EV_CURRENT) {
    return fail(ErrorKind::bad_input, "not a BPF object: ELF class {}, byte order {}, version {}",
                elf_class, order, version);
  }
  // e_type and e_machine stand at the same place in both classes.
  auto type = read_at<std::uint16_t>(bytes, EI_NIDENT).value_or(ET_NONE);
  auto machine = read_at<std::uint16_t>(bytes, EI_NIDENT + 2).value_or(EM_NONE);
  const bool big = order == ELFDATA2MSB;
  if (big) {
    type = __builtin_bswap16(type);
    machine = __builtin_bswap16(machine);
  }
  if (elf_class == ELFCLASS64 && !big && machine == EM_BPF && type == ET_REL) return {};
  auto error = Error(ErrorKind::bad_input,
                     fmt::format("not a BPF object for this machine: it is a {}-bit {}-endian {} "
                                 "for {}",
                                 elf_class == ELFCLASS32 ? 32 : 64, big ? "big" : "little",
                                 type_name(type), machine_name(machine)));
  if (machine == EM_BPF && big) {
    return std::unexpected(std::move(error).hint("Compile it with -target bpfel."));
  }
  return std::unexpected(std::move(error).hint(std::string(how_to_compile)));
}

}  // namespace skep::elf
