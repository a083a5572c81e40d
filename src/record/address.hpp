// record/address.hpp: addresses of hosts and network cards.
#pragma once

#include "record/operation.hpp"

namespace skep::record {

// Writes the address of an operation of Code::address at `at`, ASCII; returns its length. One of
// either kind whose family is neither AF_INET nor AF_INET6 is written in hex.
std::size_t write_address(Writer& out, Bytes record, const Operation& op, const std::byte* at);

}  // namespace skep::record
