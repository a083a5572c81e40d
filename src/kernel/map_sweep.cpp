#include <algorithm>
#include <cerrno>

#include "base/error.hpp"
#include "kernel/bpf.hpp"
#include "skep/maps/sweep.hpp"

namespace skep {
namespace {

using kernel::Command;

constexpr long not_supported = 524;             // ENOTSUPP
constexpr std::size_t portion_bytes = 1 << 18;  // keys and values together
constexpr std::uint64_t most_rounds = 100;      // over all entries
constexpr std::uint32_t least_portion = 16, most_portion = 1U << 24;

}  // namespace

Sweep::Sweep(const Map& map, Take take, std::uint32_t portion)
    : map_(&map),
      take_(take),
      key_bytes_(map.spec().key_size),
      value_bytes_(map.value_bytes()),
      cursor_(std::max<std::size_t>(key_bytes_, 8)),
      next_cursor_(cursor_.size()) {
  const std::size_t fits = portion_bytes / std::max<std::size_t>(1, key_bytes_ + value_bytes_);
  const auto most = std::max(map.spec().max_entries, 1U);
  const auto chosen = static_cast<std::uint32_t>(std::max<std::size_t>(fits, least_portion));
  make_room(portion != 0 ? portion : std::min(chosen, most));
}

void Sweep::make_room(std::uint32_t portion) {
  portion_ = portion;
  keys_.resize(portion * key_bytes_);
  values_.resize(portion * value_bytes_);
}

Result<bool> Sweep::next() {
  count_ = 0;
  while (count_ == 0 && way_ != Way::over) {
    if (way_ == Way::batch) SKEP_CHECK(next_batch());
    if (way_ == Way::one_by_one && count_ == 0) SKEP_CHECK(next_ones());
  }
  return count_ != 0;
}

Result<void> Sweep::next_batch() {
  kernel::BatchAttributes attributes;
  attributes.from = started_ ? kernel::address_of(cursor_) : 0;
  attributes.to = kernel::address_of(next_cursor_);
  attributes.keys = kernel::address_of(keys_);
  attributes.values = kernel::address_of(values_);
  attributes.count = portion_;
  attributes.map_fd = static_cast<std::uint32_t>(map_->fd());
  const auto command = take_ == Take::yes ? Command::map_take_batch : Command::map_lookup_batch;
  const long result = call_bpf(map_->syscalls(), command, attributes);
  if (result >= 0 || result == -ENOENT) {
    started_ = true;
    std::swap(cursor_, next_cursor_);
    count_ = std::min(attributes.count, portion_);
    if (result < 0) way_ = Way::over;
    return {};
  }
  // A bucket of a hash with more entries than we have room for.
  if (result == -ENOSPC && portion_ < most_portion) {
    make_room(portion_ * 2);
    return {};
  }
  if (!started_ && (result == -not_supported || result == -EINVAL)) {
    way_ = Way::one_by_one;
    return {};
  }
  return fail_errno(static_cast<int>(-result), "list map '{}'", map_->name());
}

Result<void> Sweep::next_ones() {
  // A key that was deleted meanwhile starts the list again, and what was seen is passed over.
  const std::uint64_t most_steps = most_rounds * (map_->spec().max_entries + seen_.size() + 1);
  while (count_ < portion_) {
    const bool from_start = !started_ || take_ == Take::yes;
    auto key = map_->next_key(from_start ? std::nullopt
                                         : std::optional<std::span<const std::byte>>(
                                               std::span(cursor_).first(key_bytes_)));
    if (!key && !started_) {
      Error error = std::move(key).error();
      if (error.code() == not_supported || error.code() == EOPNOTSUPP) {
        error = std::move(error).as(ErrorKind::unsupported);
      }
      return std::unexpected(std::move(error));
    }
    if (!key) return std::unexpected(std::move(key).error());
    if (!*key) {
      way_ = Way::over;
      return {};
    }
    started_ = true;
    std::ranges::copy(**key, cursor_.begin());
    if (++steps_ > most_steps) {
      return fail(ErrorKind::limit, "list map '{}': it changes faster than it can be listed",
                  map_->name());
    }
    const std::string name(reinterpret_cast<const char*>((*key)->data()), (*key)->size());
    if (take_ == Take::no && !seen_.insert(name).second) continue;
    SKEP_CHECK(add(**key));
  }
  return {};
}

Result<void> Sweep::add(std::span<const std::byte> key) {
  const auto value = std::span(values_).subspan(count_ * value_bytes_, value_bytes_);
  SKEP_TRY(const bool there, map_->lookup(key, value));
  if (take_ == Take::yes) SKEP_CHECK(map_->erase(key));
  if (!there) return {};
  std::ranges::copy(key, keys_.begin() + static_cast<std::ptrdiff_t>(count_ * key_bytes_));
  ++count_;
  return {};
}

}  // namespace skep
