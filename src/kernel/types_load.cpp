#include "kernel/types_load.hpp"

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "kernel/descriptor.hpp"
#include "kernel/log_buffer.hpp"
#include "kernel/memlock.hpp"

namespace skep::kernel {

Result<Fd> load_types(Syscalls& sys, const Btf& types) {
  TypesLoadAttributes attributes;
  attributes.types = address_of(types.bytes());
  attributes.size = static_cast<std::uint32_t>(types.bytes().size());
  const auto call = [&] { return call_bpf(sys, Command::types_load, attributes); };
  const long refused = with_memlock(sys, call);
  if (refused >= 0) return adopt(refused);

  Logged logged = repeat_with_log(sys, refused, [&](const LogBuffer& log, std::uint32_t& needed) {
    attributes.log = log.address();
    attributes.log_size = log.size();
    attributes.log_level = 1;
    const long result = call();
    needed = attributes.log_true_size;
    return result;
  });
  if (logged.result >= 0) return adopt(logged.result);
  return std::unexpected(
      Error::from_errno(static_cast<int>(-logged.result), "load the object's BTF")
          .with_report(std::move(logged.log)));
}

}  // namespace skep::kernel
