#include "kernel/types_index.hpp"

#include <string>

#include "base/cache.hpp"
#include "base/hash.hpp"
#include "btf/index.hpp"
#include "kernel/host.hpp"

namespace skep::kernel {
namespace {

constexpr std::size_t worth_an_index = 256 << 10;  // bytes; walked in a tenth of a millisecond
constexpr std::uint64_t largest_index = 256 << 20;
constexpr std::size_t boots_kept = 4;  // of machines that share a home directory
constexpr std::string_view prefix = "types-";

std::optional<Btf> from_cache(const Folder& cache, const std::string& file, Bytes types,
                              const std::shared_ptr<const void>& owner, std::string_view boot) {
  auto index = cache.map(file, largest_index);
  if (!index) return std::nullopt;
  cache.touch(file);
  return btf::parse_indexed(types, owner, index->bytes, std::move(index->owner), boot);
}

// With a full disk it serves this process only.
Btf make_and_keep(const Folder& cache, const std::string& file, const Btf& types,
                  std::string_view boot) {
  auto made = std::make_shared<const std::vector<std::byte>>(btf::make_index(types, boot));
  if (cache.write(file, *made)) cache.prune(prefix, boots_kept);
  return btf::with_index(types, std::move(made));
}

}  // namespace

Result<Btf> parse_kernel_types(Syscalls& sys, Bytes types, std::shared_ptr<const void> owner) {
  if (types.size() < worth_an_index) return Btf::parse(types, std::move(owner));
  const auto cache = Folder::open_cache();
  const auto boot = cache ? boot_id(sys) : Result<std::string>();
  if (!cache || !boot) return Btf::parse(types, std::move(owner));

  const std::string file = std::string(prefix) + Hasher().add(*boot).digits();
  if (auto indexed = from_cache(*cache, file, types, owner, *boot)) return *std::move(indexed);
  SKEP_TRY(const auto plain, Btf::parse(types, std::move(owner)));
  return make_and_keep(*cache, file, plain, *boot);
}

}  // namespace skep::kernel
