#include "run/sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/error.hpp"

namespace skep::run {

Sink::Sink(int output, int interrupt) noexcept : output_(output), interrupt_(interrupt) {
  struct stat info{};
  is_pipe_ = ::fstat(output, &info) == 0 && S_ISFIFO(info.st_mode);
  if (is_pipe_) {
    const int size = ::fcntl(output, F_GETPIPE_SZ);
    pipe_size_ = size > 0 ? static_cast<std::size_t>(size) : PIPE_BUF;
  }
}

// A writable pipe takes PIPE_BUF bytes without blocking, an empty one as much as it holds
// (pipe(7)). Files never block for long, and a stopped terminal is released by Ctrl-C itself.
std::size_t Sink::room_without_blocking(std::size_t wanted) const noexcept {
  if (!is_pipe_) return wanted;
  int waiting = 0;
  const bool empty = ::ioctl(output_, FIONREAD, &waiting) == 0 && waiting == 0;
  return std::min<std::size_t>(wanted, empty ? pipe_size_ : PIPE_BUF);
}

// Bytes written, 0 when the descriptor is not ready after all. Precondition: poll said POLLOUT.
Result<std::size_t> Sink::write_some(std::string_view text) const {
  const ssize_t n = ::write(output_, text.data(), room_without_blocking(text.size()));
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EINTR || errno == EAGAIN) return std::size_t{0};
  return fail_errno(errno, "write the rows");
}

Result<Sink::Outcome> Sink::write(std::string& buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    pollfd fds[] = {{output_, POLLOUT, 0}, {interrupt_, POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) return fail_errno(errno, "wait to write");
    if ((fds[0].revents & (POLLOUT | POLLERR | POLLNVAL)) != 0) {
      auto wrote = write_some(std::string_view(buffer).substr(done));
      if (!wrote && wrote.error().code() == EPIPE) return Outcome::closed;
      if (!wrote) return std::unexpected(std::move(wrote).error());
      done += *wrote;
    } else if ((fds[1].revents & POLLIN) != 0) {
      buffer.erase(0, done);
      return Outcome::interrupted;
    }
  }
  buffer.clear();
  return Outcome::written;
}

Result<bool> Sink::finish(std::string& buffer, std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!buffer.empty()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd fd{output_, POLLOUT, 0};
    if (left.count() <= 0 || ::poll(&fd, 1, static_cast<int>(left.count())) == 0) return false;
    auto wrote = write_some(buffer);
    if (!wrote && wrote.error().code() == EPIPE) return false;
    if (!wrote) return std::unexpected(std::move(wrote).error());
    buffer.erase(0, *wrote);
  }
  return true;
}

}  // namespace skep::run
