// The kernel keeps a BTF object for itself and one for each module that has types.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/target.hpp"

namespace skep::kernel {
namespace {

constexpr std::uint32_t largest_types = 256U << 20;
constexpr std::size_t name_bytes = 64;  // MODULE_NAME_LEN is 56

// A module may be unloaded at any moment: then there is nothing to open.
Result<std::optional<Fd>> open_types(Syscalls& sys, std::uint32_t id) {
  IdAttributes attributes;
  attributes.id = id;
  const long result = call_bpf(sys, Command::types_by_id, attributes);
  if (result == -ENOENT) return std::optional<Fd>();
  if (result < 0) return fail_errno(static_cast<int>(-result), "open BTF {}", id);
  return std::optional(adopt(result));
}

Result<void> ask(Syscalls& sys, const Fd& fd, std::uint32_t id, TypesInfoRecord& record) {
  InfoAttributes attributes;
  attributes.fd = static_cast<std::uint32_t>(fd.get());
  attributes.length = sizeof record;
  attributes.info = address_of(&record);
  const long result = call_bpf(sys, Command::info_by_fd, attributes);
  if (result >= 0) return {};
  return fail_errno(static_cast<int>(-result), "ask what BTF {} is", id);
}

// The module's name; nothing for the kernel's own types and for those of programs.
Result<std::optional<std::string>> module_of(Syscalls& sys, const Fd& fd, std::uint32_t id,
                                             std::uint32_t& bytes) {
  char name[name_bytes] = {};
  TypesInfoRecord record;
  record.name = address_of(name);
  record.name_length = sizeof name;
  SKEP_CHECK(ask(sys, fd, id, record));
  bytes = record.size;
  std::string text(name, ::strnlen(name, sizeof name));
  const bool is_module = record.is_kernels != 0 && text != "vmlinux";
  return is_module ? std::optional(std::move(text)) : std::nullopt;
}

Result<Btf> read_types(Syscalls& sys, const Fd& fd, std::uint32_t id, std::uint32_t bytes,
                       const Btf& base) {
  if (bytes > largest_types) {
    return fail(ErrorKind::limit, "more than {} bytes", largest_types);
  }
  std::vector<std::byte> types(bytes);
  TypesInfoRecord record;
  record.types = address_of(types);
  record.size = bytes;
  SKEP_CHECK(ask(sys, fd, id, record));
  types.resize(std::min(bytes, record.size));
  return Btf::parse(std::move(types), base);
}

Result<void> add_module(Syscalls& sys, std::uint32_t id, const object::ModuleNeeds& needs,
                        HostTarget& host) {
  SKEP_TRY(auto opened, open_types(sys, id));
  if (!opened) return {};
  std::uint32_t bytes = 0;
  SKEP_TRY(auto name, module_of(sys, *opened, id, bytes));
  if (!name) return {};
  if (!needs.all && std::ranges::find(needs.names, *name) == needs.names.end()) return {};
  auto types = read_types(sys, *opened, id, bytes, *host.target.types);
  if (!types) {
    return add_context(std::move(types).error(), "read the types of module '{}'", *name);
  }
  host.target.modules.push_back({*std::move(name), *std::move(types)});
  host.modules.push_back(*std::move(opened));
  return {};
}

}  // namespace

Result<void> add_modules(Syscalls& sys, const object::ModuleNeeds& needs, HostTarget& host) {
  if (!host.target.types) return {};  // modules' types build on the kernel's
  for (IdAttributes attributes;; attributes.id = attributes.next) {
    const long result = call_bpf(sys, Command::types_next_id, attributes);
    // No more; no privilege; a kernel before 5.4.
    if (result == -ENOENT || result == -EPERM || result == -EINVAL) return {};
    if (result < 0) return fail_errno(static_cast<int>(-result), "list BTF objects");
    SKEP_CHECK(add_module(sys, attributes.next, needs, host));
  }
}

}  // namespace skep::kernel
