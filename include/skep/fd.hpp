// skep/fd.hpp: a file descriptor that closes itself.
#pragma once

#include <utility>

#pragma GCC visibility push(default)
namespace skep {

// Owns one descriptor. Every descriptor that skep opens is close-on-exec.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int number) noexcept : number_(number) {}
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.number_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  // The number, or -1. It stays ours: do not close it.
  [[nodiscard]] int get() const noexcept { return number_; }
  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }

  // Gives the number up; the caller closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  // Closes what is held and takes `number`.
  void reset(int number = -1) noexcept;

 private:
  int number_ = -1;
};

}  // namespace skep
#pragma GCC visibility pop
