#include "kernel/types_load.hpp"

#include <cerrno>
#include <optional>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "btf/sanitise.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/log_buffer.hpp"
#include "kernel/memlock.hpp"

namespace skep::kernel {

namespace {

TypesLoadAttributes attributes_of(Bytes types) {
  TypesLoadAttributes attributes;
  attributes.types = address_of(types);
  attributes.size = static_cast<std::uint32_t>(types.size());
  return attributes;
}

// The descriptor, or a negative errno.
long load_quietly(Syscalls& sys, Bytes types) {
  TypesLoadAttributes attributes = attributes_of(types);
  return call_bpf(sys, Command::types_load, attributes);
}

bool knows(Syscalls& sys, bool btf::Features::* feature) {
  const long result = load_quietly(sys, btf::probe_of(feature));
  if (result < 0) return result != -EINVAL;  // anything else is no answer to this question
  const Fd taken = adopt(result);
  return true;
}

// What the kernel lacks of that which the types use.
btf::Features probe(Syscalls& sys, const btf::Features& used) {
  btf::Features known;
  for (const auto feature : btf::all_features) {
    if (used.*feature) known.*feature = knows(sys, feature);
  }
  return known;
}

// Nothing when it lacks none of it, or refuses the rest, too.
std::optional<LoadedTypes> load_sanitised(Syscalls& sys, const Btf& types) {
  const auto known = probe(sys, btf::features_used(types));
  if (known == btf::Features()) return std::nullopt;
  const long result = load_quietly(sys, btf::sanitise(types, known));
  if (result < 0) return std::nullopt;
  return LoadedTypes{adopt(result), known.functions,
                     fmt::format("this kernel's BTF has no {}: the object's types were loaded "
                                 "without",
                                 btf::names_of_missing(known))};
}

}  // namespace

Result<LoadedTypes> load_types(Syscalls& sys, const Btf& types) {
  TypesLoadAttributes attributes = attributes_of(types.bytes());
  const auto call = [&] { return call_bpf(sys, Command::types_load, attributes); };
  const long refused = with_memlock(sys, call);
  if (refused >= 0) return LoadedTypes{.fd = adopt(refused)};
  if (refused == -EINVAL) {
    if (auto loaded = load_sanitised(sys, types)) return *std::move(loaded);
  }

  Logged logged = repeat_with_log(sys, refused, [&](const LogBuffer& log, std::uint32_t& needed) {
    attributes.log = log.address();
    attributes.log_size = log.size();
    attributes.log_level = 1;
    const long result = call();
    needed = attributes.log_true_size;
    return result;
  });
  if (logged.result >= 0) return LoadedTypes{.fd = adopt(logged.result)};
  return std::unexpected(
      Error::from_errno(static_cast<int>(-logged.result), "load the object's BTF")
          .with_report(std::move(logged.log)));
}

}  // namespace skep::kernel
