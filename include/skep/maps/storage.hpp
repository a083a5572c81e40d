// skep/maps/storage.hpp: values that belong to a task, a socket, an inode or a cgroup.
#pragma once

#include "skep/maps/view.hpp"

#pragma GCC visibility push(default)
namespace skep {

// One value for each owner, and gone with it. The owner is named by a descriptor: of a task a pidfd
// (pidfd_open(2); task_storage, kernel 5.11), of a socket the socket (sk_storage, 5.2), of an inode
// any open file (inode_storage, 5.10), of a cgroup its directory (cgrp_storage, 6.2). The kernel
// cannot list them: an iterator program can (bpf_map_elem, bpf_sk_storage_map).
template <maps::ValueType V>
class LocalStorage : public maps::View {
 public:
  // Errors: as Map::as.
  static Result<LocalStorage> of(const Map& map) {
    SKEP_CHECK(map.check(
        {MapType::task_storage, MapType::sk_storage, MapType::inode_storage, MapType::cgrp_storage},
        &layout::shape_of<int>, &layout::shape_of<V>));
    return LocalStorage(map);
  }
  // Nothing when the owner has none. Errors: not an owner of the map's kind: errno.
  [[nodiscard]] Result<std::optional<V>> lookup(int owner_fd, Lock lock = Lock::no) const {
    return value_of<V>(owner_fd, lock);
  }
  // Errors: not an owner of the map's kind: errno; as Map::update.
  Result<void> update(int owner_fd, const V& value, Update how = Update::any,
                      Lock lock = Lock::no) const {
    return map().update(maps::bytes(owner_fd), maps::bytes(value), how, lock);
  }
  // True when the owner had one.
  Result<bool> erase(int owner_fd) const { return map().erase(maps::bytes(owner_fd)); }

 private:
  using maps::View::View;
};

}  // namespace skep
#pragma GCC visibility pop
