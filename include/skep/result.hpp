// skep/result.hpp: failure as a value.
//
// Every fallible function of skep returns Result<T>. An Error says what was being done, to what,
// why it failed and what to do next; nothing in skep throws, except `.value()` on a failed Result,
// which only users call.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace skep {

// Small and stable: programs may switch over it. Everything finer is errno or text.
enum class ErrorKind : std::uint8_t {
  invalid_argument,  // the caller asked for something that cannot be
  bad_input,         // outside bytes (object, BTF, file) are not well-formed
  not_found,         // no such file, program, map, symbol, hook
  permission,        // the kernel or the file system refuses us
  unsupported,       // this kernel, or this build of skep, cannot do it
  rejected,          // the verifier refuses the program; report() holds its log
  busy,              // somebody else holds it, or it exists already
  limit,             // out of memory, descriptors, space, or over a documented bound
  system,            // any other errno
};

// The stable name of a kind, e.g. "not_found".
[[nodiscard]] std::string_view name_of(ErrorKind kind) noexcept;

// The kind that an errno value stands for when nothing better is known.
[[nodiscard]] ErrorKind kind_of_errno(int code) noexcept;

// What was asked of the kernel when it refused a program or its hook: src/kernel/attempt.hpp.
struct Attempt;

// Pointer-sized, so that Result<T> stays about as small as T. Copying copies all it says.
class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message);

  // `code` is a positive errno value; its text and name are appended to the message.
  static Error from_errno(int code, std::string message);

  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  Error(const Error& other);
  Error& operator=(const Error& other);
  ~Error();

  // For programs: what to switch over.
  [[nodiscard]] ErrorKind kind() const noexcept;

  // The errno value behind the failure, or 0 when there was none.
  [[nodiscard]] int code() const noexcept;

  // One line: "doing A: doing B: why".
  [[nodiscard]] const std::string& message() const noexcept;

  // What to do next, one sentence each.
  [[nodiscard]] const std::vector<std::string>& hints() const noexcept;

  // The verifier's whole log (or another long report), empty when there is none.
  [[nodiscard]] const std::string& report() const noexcept;

  // What the failure is about, when it is a program or its hook that was refused; else nullptr.
  // skep::why_refused() makes sentences of it.
  [[nodiscard]] const Attempt* attempt() const noexcept;

  // Prepends what was being done: "load program 'x'" turns "why" into "load program 'x': why".
  Error&& in(std::string_view doing) &&;
  // Adds what to do next, one sentence.
  Error&& hint(std::string sentence) &&;
  // Sets report().
  Error&& with_report(std::string text) &&;
  // Sets kind().
  Error&& as(ErrorKind kind) &&;
  // Sets attempt().
  Error&& while_trying(std::shared_ptr<const Attempt> what) &&;

 private:
  struct Detail;
  std::unique_ptr<Detail> detail_;
};

template <typename T>
using Result = std::expected<T, Error>;

}  // namespace skep
#pragma GCC visibility pop

#define SKEP_DETAIL_JOIN2(a, b) a##b
#define SKEP_DETAIL_JOIN(a, b) SKEP_DETAIL_JOIN2(a, b)
#define SKEP_DETAIL_TRY(holder, declaration, ...)                 \
  auto holder = (__VA_ARGS__);                                    \
  if (!holder) return std::unexpected(std::move(holder).error()); \
  declaration = *std::move(holder)
#define SKEP_DETAIL_CHECK(holder, ...) \
  if (auto holder = (__VA_ARGS__); !holder) return std::unexpected(std::move(holder).error())

// SKEP_TRY(auto x, expression); binds x to the value, or returns the error to the caller.
// A statement, not an expression: g++ 12 leaks the temporaries of an aggregate when a statement
// expression returns from the middle of it.
#define SKEP_TRY(declaration, ...) \
  SKEP_DETAIL_TRY(SKEP_DETAIL_JOIN(skep_result_, __COUNTER__), declaration, __VA_ARGS__)

// SKEP_CHECK(expression); returns the error to the caller, if there is one.
#define SKEP_CHECK(...) SKEP_DETAIL_CHECK(SKEP_DETAIL_JOIN(skep_result_, __COUNTER__), __VA_ARGS__)
