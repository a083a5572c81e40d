#include "record/time.hpp"

#include <time.h>

#include <array>
#include <chrono>
#include <cstring>

#include "record/number.hpp"

namespace skep::record {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

struct Moment {
  std::uint64_t seconds;      // since 1970
  std::uint64_t nanoseconds;  // below one second
};

// Any two 64-bit numbers have a sum here, so that a wild time is shown as some far year.
Moment add(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t nanoseconds = a % second + b % second;
  return {a / second + b / second + nanoseconds / second, nanoseconds % second};
}

std::uint64_t read_clock(clockid_t which) noexcept {
  timespec now{};
  ::clock_gettime(which, &now);
  if (now.tv_sec < 0) return 0;  // a clock before 1970
  return static_cast<std::uint64_t>(now.tv_sec) * second + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Unit {
  std::uint64_t size;  // in the next smaller one, of the unit `letter`
  char letter;
};

// "1m05s": whole `large`, then two digits of what is left in `small`.
char* write_pair(char* to, std::uint64_t value, Unit large, char small) noexcept {
  to = write_decimal(to, value / large.size);
  *to++ = large.letter;
  to = write_digits(to, value % large.size, 2);
  *to++ = small;
  return to;
}

char* write_clock(char* to, std::uint64_t hour, std::uint64_t minute, std::uint64_t sec) noexcept {
  to = write_digits(to, hour, 2);
  *to++ = ':';
  to = write_digits(to, minute, 2);
  *to++ = ':';
  return write_digits(to, sec, 2);
}

// "2025-07-01T12:34:56."
char* write_date(char* to, std::uint64_t seconds) noexcept {
  const std::uint64_t day = seconds / 86400, sec = seconds % 86400;
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(day)))};
  to = write_digits(to, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.month()), 2);
  *to++ = '-';
  to = write_digits(to, static_cast<unsigned>(date.day()), 2);
  *to++ = 'T';
  to = write_clock(to, sec / 3600, sec / 60 % 60, sec % 60);
  *to++ = '.';
  return to;
}

char* write_fraction(char* to, const Moment& moment) noexcept {
  to = write_digits(to, moment.nanoseconds, 9);
  *to++ = 'Z';
  return to;
}

// "12:34:56."
char* write_local(char* to, std::uint64_t since_1970) noexcept {
  const auto seconds = static_cast<time_t>(since_1970);
  tm local{};
  ::localtime_r(&seconds, &local);
  to = write_clock(to, static_cast<unsigned>(local.tm_hour), static_cast<unsigned>(local.tm_min),
                   static_cast<unsigned>(local.tm_sec));
  *to++ = '.';
  return to;
}

}  // namespace

Clock Clock::now() noexcept {
  const std::uint64_t wall = read_clock(CLOCK_REALTIME), up = read_clock(CLOCK_BOOTTIME),
                      awake = read_clock(CLOCK_MONOTONIC);
  return {wall > up ? wall - up : 0, wall > awake ? wall - awake : 0};
}

char* write_duration(char* to, std::uint64_t nanoseconds) noexcept {
  const std::uint64_t seconds = nanoseconds / second;
  if (seconds >= 86400) return write_pair(to, seconds / 3600, {24, 'd'}, 'h');
  if (seconds >= 3600) return write_pair(to, seconds / 60, {60, 'h'}, 'm');
  if (seconds >= 60) return write_pair(to, seconds, {60, 'm'}, 's');
  constexpr std::array units{'n', 'u', 'm'};
  std::uint64_t scale = 1;
  std::size_t unit = 0;
  for (; unit < units.size() && nanoseconds >= scale * 1000; ++unit) scale *= 1000;
  const std::uint64_t whole = nanoseconds / scale;
  to = write_decimal(to, whole);
  const unsigned places = whole >= 100 || scale == 1 ? 0 : whole >= 10 ? 1 : 2;
  if (places > 0) {
    const std::uint64_t thousandths = nanoseconds / (scale / 1000) % 1000;
    std::uint64_t rest = thousandths / (places == 1 ? 100 : 10);
    unsigned digits = places;
    for (; digits > 0 && rest % 10 == 0; --digits) rest /= 10;
    if (digits > 0) *to++ = '.';
    to = write_digits(to, rest, digits);
  }
  if (unit < units.size()) *to++ = units[unit];
  *to++ = 's';
  return to;
}

char* write_utc(char* to, Clock clock, std::uint64_t since_boot) noexcept {
  const Moment moment = add(clock.boot, since_boot);
  return write_fraction(write_date(to, moment.seconds), moment);
}

char* write_time_of_day(char* to, Clock clock, std::uint64_t since_boot) noexcept {
  const Moment moment = add(clock.boot, since_boot);
  return write_digits(write_local(to, moment.seconds), moment.nanoseconds / 1'000'000, 3);
}

char* SameSecond::write_utc(char* to, Clock clock, std::uint64_t since_boot) noexcept {
  const Moment moment = add(clock.boot, since_boot);
  if (moment.seconds != second_) {
    second_ = moment.seconds;
    size_ = static_cast<std::size_t>(write_date(text_.data(), second_) - text_.data());
  }
  std::memcpy(to, text_.data(), text_.size());
  return write_fraction(to + size_, moment);
}

char* SameSecond::write_time_of_day(char* to, Clock clock, std::uint64_t since_boot) noexcept {
  const Moment moment = add(clock.boot, since_boot);
  if (moment.seconds != second_) {
    second_ = moment.seconds;
    size_ = static_cast<std::size_t>(write_local(text_.data(), second_) - text_.data());
  }
  std::memcpy(to, text_.data(), text_.size());
  return write_digits(to + size_, moment.nanoseconds / 1'000'000, 3);
}

}  // namespace skep::record
