#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace skep {

struct Error::Detail {
  ErrorKind kind;
  int code = 0;
  std::string message;
  std::vector<std::string> hints;
  std::string report;
  std::shared_ptr<const Attempt> attempt;
};

std::string_view name_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid_argument:
      return "invalid_argument";
    case ErrorKind::bad_input:
      return "bad_input";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::rejected:
      return "rejected";
    case ErrorKind::busy:
      return "busy";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::system:
      return "system";
  }
  return "system";
}

ErrorKind kind_of_errno(int code) noexcept {
  switch (code) {
    case EPERM:
    case EACCES:
      return ErrorKind::permission;
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case ENXIO:
      return ErrorKind::not_found;
    case EEXIST:
    case EBUSY:
      return ErrorKind::busy;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOSPC:
    case E2BIG:
      return ErrorKind::limit;
    case EOPNOTSUPP:
    case ENOSYS:
      return ErrorKind::unsupported;
    case EINVAL:
      return ErrorKind::invalid_argument;
    default:
      return ErrorKind::system;
  }
}

std::string errno_name(int code) {
  if (const char* name = strerrorname_np(code)) return name;
  if (code == 524) return "ENOTSUPP";  // kernel-internal, yet bpf(2) returns it
  return fmt::format("errno {}", code);
}

static std::string errno_text(int code) {
  if (code == 524) return "Operation is not supported";
  const char* text = strerrordesc_np(code);
  return text != nullptr ? text : "unknown error";
}

Error::Error(ErrorKind kind, std::string message)
    : detail_(std::make_unique<Detail>(Detail{kind, 0, std::move(message), {}, {}, {}})) {}

Error Error::from_errno(int code, std::string message) {
  Error error(code == 524 ? ErrorKind::unsupported : kind_of_errno(code),
              fmt::format("{}: {} ({})", message, errno_text(code), errno_name(code)));
  error.detail_->code = code;
  return error;
}

Error::Error(Error&&) noexcept = default;
Error::Error(const Error& other) : detail_(std::make_unique<Detail>(*other.detail_)) {}
Error& Error::operator=(const Error& other) {
  if (this != &other) detail_ = std::make_unique<Detail>(*other.detail_);
  return *this;
}
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

ErrorKind Error::kind() const noexcept { return detail_->kind; }
int Error::code() const noexcept { return detail_->code; }
const std::string& Error::message() const noexcept { return detail_->message; }
const std::vector<std::string>& Error::hints() const noexcept { return detail_->hints; }
const std::string& Error::report() const noexcept { return detail_->report; }
const Attempt* Error::attempt() const noexcept { return detail_->attempt.get(); }

Error&& Error::in(std::string_view doing) && {
  detail_->message = fmt::format("{}: {}", doing, detail_->message);
  return std::move(*this);
}

Error&& Error::hint(std::string sentence) && {
  detail_->hints.push_back(std::move(sentence));
  return std::move(*this);
}

Error&& Error::with_report(std::string text) && {
  detail_->report = std::move(text);
  return std::move(*this);
}

Error&& Error::as(ErrorKind kind) && {
  detail_->kind = kind;
  return std::move(*this);
}

Error&& Error::while_trying(std::shared_ptr<const Attempt> what) && {
  detail_->attempt = std::move(what);
  return std::move(*this);
}

}  // namespace skep
