// kernel/support.hpp: what the tests on the running kernel share.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <thread>

#include "kernel/info.hpp"
#include "skep/object.hpp"

namespace skep::test {

// Waits until it holds, at most a minute: a virtual machine beside another one takes its time.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// All of an error, for messages of tests.
inline std::string text_of(const Error& error) {
  std::string out = error.message();
  for (const auto& hint : error.hints()) out += "\n  " + hint;
  return out + (error.report().empty() ? "" : "\n" + error.report());
}

// What a result holds; its failure is the test's.
template <typename T>
T must(Result<T> result) {
  EXPECT_TRUE(result) << text_of(result.error());
  return *std::move(result);
}

// A compiled program of tests/objects.
inline ObjectSpec spec_of(std::string_view name) {
  auto spec = ObjectSpec::open(fmt::format("{}/{}.bpf.o", SKEP_TEST_OBJECTS, name));
  if (!spec) {
    ADD_FAILURE() << text_of(spec.error());
    return {};
  }
  return *std::move(spec);
}

// The system call that the test programs hang on; libc's getppid is the same call.
inline void call_getppid(std::size_t times = 1) {
  for (std::size_t i = 0; i < times; ++i) ::syscall(SYS_getppid);
}

inline int thread_id() { return static_cast<int>(::syscall(SYS_gettid)); }

// A global variable of a loaded object, as it stands in the kernel now.
template <typename T>
T value_of(const Object& object, std::string_view name) {
  T out{};
  const Variable* variable = object.spec().find_variable(name);
  if (variable == nullptr || variable->size != sizeof(T)) {
    ADD_FAILURE() << "no variable '" << name << "' of " << sizeof(T) << " bytes";
    return out;
  }
  const std::uint32_t key = 0;
  const auto section = object.maps()[variable->map].lookup(std::as_bytes(std::span(&key, 1)));
  if (!section || !*section) {
    ADD_FAILURE() << "cannot read the section of '" << name << "'";
    return out;
  }
  std::memcpy(&out, (*section)->data() + variable->offset, sizeof(T));
  return out;
}

inline bool is_gone(kernel::Thing thing, std::uint32_t id) {
  return eventually([&] {
    const auto there = kernel::exists(kernel::real_syscalls(), thing, id);
    return there && !*there;
  });
}

}  // namespace skep::test
