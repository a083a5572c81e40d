// oracle/recorder.hpp: stands where the kernel's bpf(2) would be: says yes to all that a loader
// asks, and writes it down. No privilege is needed, and nothing reaches the kernel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "oracle/calls.hpp"

namespace oracle {

class Recorder {
 public:
  // bpf(2): a descriptor or 0, or a negative errno. Descriptors are memfds, so that they can be
  // closed, duplicated and mapped as the real ones can.
  long bpf(std::uint32_t command, void* attributes, std::uint32_t size);

  // The descriptor of a program that was loaded with these types: for programs that hang on others.
  int add_target(Blob types);
  // A module that is loaded, with these types (a split BTF).
  void add_module(std::string name, Blob types) { modules_.push_back({std::move(name), types}); }

  // Until this is called, calls are answered and forgotten: a loader's probes of the kernel.
  void start() { recording_ = true; }

  [[nodiscard]] const std::vector<Call>& calls() const { return calls_; }

 private:
  struct Attributes;  // union bpf_attr

  long load_types(const Attributes& attributes);
  long create_map(const Attributes& attributes);
  long update_map(const Attributes& attributes);
  long freeze_map(const Attributes& attributes);
  long load_program(const Attributes& attributes);
  long bind_map(const Attributes& attributes);
  long pin(const Attributes& attributes);
  long create_link(const Attributes& attributes);
  long describe(const Attributes& attributes);
  long open_types(const Attributes& attributes);
  long next_module(const Attributes& attributes, void* given) const;
  long open_module(const Attributes& attributes);
  long describe_module(const Attributes& attributes, std::size_t index) const;

  // What a descriptor stands for.
  struct Thing {
    std::string name;
    std::uint32_t type = 0;
    std::uint32_t key_size = 0, value_size = 0;
    bool is_program = false;
    std::uint32_t types_id = 0;  // a program's BTF, or this BTF's id; 0: none that can be asked for
    std::optional<std::size_t> module = {};  // index into modules_
  };
  struct Module {
    std::string name;
    Blob types;
  };
  long make(Thing thing, std::uint64_t bytes);
  void name_functions(Call& call) const;
  // The name, or name~2 when another thing has it: the kernel's names are cut at 15 bytes.
  [[nodiscard]] std::string unique(const std::string& name);
  [[nodiscard]] const Thing* find(std::uint64_t fd) const;
  // "events", "none" for 0, "?" for a descriptor that is none of ours.
  [[nodiscard]] std::string name_of(std::uint32_t fd) const;

  bool recording_ = false;
  std::vector<Module> modules_;
  std::vector<Call> calls_;
  // By inode number: loaders duplicate descriptors, and the duplicates stand for the same thing.
  std::map<std::uint64_t, Thing> things_;
  std::map<std::string, int> uses_;  // of a name
  Blob target_types_;
};

}  // namespace oracle
