// kernel/user_support.hpp: what the tests of uprobes and of USDT share.
#pragma once

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "kernel/support.hpp"
#include "kernel/uprobe_multi.hpp"

namespace skep::test {

inline constexpr const char* library = SKEP_TEST_PROBES;

// The library with the probes, loaded into this process.
class Library {
 public:
  explicit Library(const char* path = library) : handle_(::dlopen(path, RTLD_NOW | RTLD_LOCAL)) {}
  ~Library() {
    if (handle_ != nullptr) ::dlclose(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  template <typename Signature>
  [[nodiscard]] Signature* function(const char* name) const {
    void* found = ::dlsym(handle_, name);
    if (found == nullptr) throw std::runtime_error(std::string("no ") + name);
    return reinterpret_cast<Signature*>(found);
  }

 private:
  void* handle_;
};

// A loaded object, for this thread only unless said otherwise.
class Fixture {
 public:
  explicit Fixture(std::string_view name, int thread = thread_id()) {
    auto spec = spec_of(name);
    EXPECT_TRUE(spec.set("thread", thread));
    auto loaded = Object::load(std::move(spec));
    if (!loaded) {
      ADD_FAILURE() << text_of(loaded.error());
      return;
    }
    object.emplace(*std::move(loaded));
  }
  [[nodiscard]] Result<Link> attach(std::string_view program, const Hook& hook) const {
    return (**object->program(program)).attach(hook);
  }
  template <typename T>
  [[nodiscard]] T value(std::string_view name) const {
    return value_of<T>(*object, name);
  }
  std::optional<Object> object;
};

// Whether this kernel holds many uprobes by one link (6.6).
inline bool has_links_of_many() {
  return kernel::has_uprobe_multi(kernel::real_syscalls()).value_or(false);
}

// How a hook is described that takes many: the link says when there was no other way than one by
// one.
inline std::string described(std::string text) {
  return has_links_of_many() ? text : text + ", one by one";
}

inline std::string error_of(const Result<Link>& link) {
  return link ? "no error" : text_of(link.error());
}

// Calls a function when it is told to, until it is told no more.
class Child {
 public:
  explicit Child(const std::function<void()>& go, const std::function<void()>& prepare = [] {}) {
    if (::pipe2(asks_, O_CLOEXEC) != 0 || ::pipe2(answers_, O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ != 0) {
      ::close(asks_[0]);
      ::close(answers_[1]);
      answered();
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(asks_[1]);
    prepare();
    char c = '!';
    bool more = ::write(answers_[1], &c, 1) == 1;
    while (more && ::read(asks_[0], &c, 1) == 1) {
      go();
      more = ::write(answers_[1], &c, 1) == 1;
    }
    ::_exit(0);
  }
  ~Child() {
    ::close(asks_[1]);
    ::close(answers_[0]);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int pid() const noexcept { return pid_; }
  void run() {
    if (::write(asks_[1], "?", 1) == 1) answered();
  }

 private:
  void answered() {
    char c = 0;
    if (::read(answers_[0], &c, 1) != 1) ADD_FAILURE() << "the child is gone";
  }
  int asks_[2] = {-1, -1}, answers_[2] = {-1, -1};
  int pid_ = -1;
};

}  // namespace skep::test
