// Many entries at once, and one by one where the kernel cannot.
#include <cerrno>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "skep/map.hpp"

namespace skep {
namespace {

using kernel::Command;

constexpr long not_supported = 524;  // ENOTSUPP, which no header of user space has

// What a kernel says that has no batches for this type of map: ENOTSUPP; before 5.6 EINVAL, which
// may mean the arguments, too. One by one the kernel says which.
bool has_no_batches(long result) { return result == -not_supported || result == -EINVAL; }

long batch(kernel::Syscalls& sys, Command command, const Map& map, std::uint32_t& count,
           std::span<const std::byte> keys, std::span<const std::byte> values,
           std::uint64_t flags) {
  kernel::BatchAttributes attributes;
  attributes.keys = kernel::address_of(keys);
  attributes.values = kernel::address_of(values);
  attributes.count = count;
  attributes.map_fd = static_cast<std::uint32_t>(map.fd());
  attributes.element_flags = flags;
  const long result = call_bpf(sys, command, attributes);
  count = attributes.count;
  return result;
}

Result<void> check_length(const Map& map, const char* what, std::size_t count, std::size_t size,
                          std::span<const std::byte> bytes) {
  if (bytes.size() == count * size) return {};
  return fail(ErrorKind::invalid_argument, "map '{}': {} {}s take {} bytes, here are {}",
              map.name(), count, what, count * size, bytes.size());
}

}  // namespace

Result<void> Map::update_many(std::size_t count, std::span<const std::byte> keys,
                              std::span<const std::byte> values, Update how) const {
  const std::size_t key_size = spec_.key_size;
  SKEP_CHECK(check_length(*this, "key", count, key_size, keys));
  SKEP_CHECK(check_length(*this, "value", count, value_bytes_, values));
  std::size_t done = 0;
  while (done < count) {
    std::uint32_t part = static_cast<std::uint32_t>(std::min<std::size_t>(count - done, 1U << 20));
    const long result =
        batch(*sys_, Command::map_update_batch, *this, part, keys.subspan(done * key_size),
              values.subspan(done * value_bytes_), static_cast<std::uint64_t>(how));
    if (result < 0 && (has_no_batches(result) || part == 0)) break;
    done += part;
    if (result < 0) break;  // at the next one: what is wrong with it is said below
  }
  for (; done < count; ++done) {
    auto updated = update(keys.subspan(done * key_size, key_size),
                          values.subspan(done * value_bytes_, value_bytes_), how);
    if (!updated) {
      return add_context(std::move(updated).error(), "after {} of {} entries", done, count);
    }
  }
  return {};
}

Result<std::size_t> Map::erase_many(std::size_t count, std::span<const std::byte> keys) const {
  const std::size_t key_size = spec_.key_size;
  SKEP_CHECK(check_length(*this, "key", count, key_size, keys));
  std::size_t done = 0, erased = 0;
  bool by_batches = true;
  while (done < count) {
    std::uint32_t part = static_cast<std::uint32_t>(std::min<std::size_t>(count - done, 1U << 20));
    if (by_batches) {
      // Stops at a key that is not there, and says how many it did before.
      const long result = batch(*sys_, Command::map_delete_batch, *this, part,
                                keys.subspan(done * key_size), {}, 0);
      if (has_no_batches(result)) {
        by_batches = false;
        continue;
      }
      done += part;
      erased += part;
      if (result >= 0 || done == count) continue;
    }
    SKEP_TRY(const bool was_there, erase(keys.subspan(done * key_size, key_size)));
    erased += was_there ? 1 : 0;
    ++done;
  }
  return erased;
}

}  // namespace skep
