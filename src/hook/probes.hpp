// hook/probes.hpp: the places of a user binary that a program is hung on, and how: by one link for
// all of them, or one by one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "hook/attach.hpp"
#include "hook/attachment.hpp"

namespace skep::hook {

struct Probe {
  std::uint64_t offset = 0;  // bytes from the start of the file
  std::uint64_t cookie = 0;
  std::uint64_t semaphore = 0;  // bytes from the start of the file; 0: none
};

struct Probes {
  std::filesystem::path binary;
  std::vector<Probe> places;
  bool at_return = false;
  bool session = false;
  int pid = -1;
};

// What names and patterns, with their offsets, stand for: each place once. Errors: those of
// elf/symbols.hpp; invalid_argument for an offset into the functions of a pattern.
[[nodiscard]] Result<std::vector<Probe>> find_probes(const std::filesystem::path& binary,
                                                     std::span<const UprobePlace> places);

// Whether one link can hold them all: the program was loaded for that, and the kernel can.
[[nodiscard]] Result<bool> takes_many(const Program& program, Host& host);

// By one link. Errors: what the kernel says, explained.
[[nodiscard]] Result<std::unique_ptr<Attachment>> attach_together(const Program& program,
                                                                  const Probes& probes, Host& host);
// One uprobe a place, as perf events; all or none.
[[nodiscard]] Result<std::unique_ptr<Attachment>> attach_singly(const Program& program,
                                                                const Probes& probes, Host& host);

}  // namespace skep::hook
