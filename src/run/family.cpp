#include "run/family.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/embedded.hpp"
#include "base/error.hpp"

namespace skep {
extern const EmbeddedFile family_table[];
}  // namespace skep

namespace skep::run {
namespace {

std::span<const std::byte> bytes_of(const std::uint32_t& number) {
  return std::as_bytes(std::span(&number, 1));
}

}  // namespace

Result<Family> Family::follow() {
  struct stat space{};
  if (::stat("/proc/self/ns/pid", &space) != 0) {
    return fail_errno(errno, "follow the command: /proc/self/ns/pid");
  }
  SKEP_TRY(auto spec, ObjectSpec::parse(family_table[0].bytes(), "family"));
  SKEP_CHECK(spec.set("space_device", std::uint64_t{space.st_dev}));
  SKEP_CHECK(spec.set("space_inode", std::uint64_t{space.st_ino}));
  SKEP_CHECK(spec.set("maker", static_cast<std::uint32_t>(::getpid())));
  SKEP_TRY(auto object, Object::load(std::move(spec)));
  SKEP_TRY(const Program* born, object.program("born"));
  SKEP_TRY(auto link, born->attach());
  Family out(std::move(object), std::move(link));
  SKEP_TRY(out.members_, out.object_.map("family"));
  const Variable* missed = out.object_.spec().find_variable("missed");
  if (missed == nullptr) return fail(ErrorKind::bad_input, "family: it has no variable 'missed'");
  SKEP_TRY(out.counters_, out.object_.maps()[missed->map].mapped(false));
  return out;
}

std::uint64_t Family::counter(std::string_view name) const {
  const Variable* variable = object_.spec().find_variable(name);
  std::uint64_t out = 0;
  if (variable != nullptr && variable->size == sizeof(out)) {
    std::memcpy(&out, counters_.bytes().data() + variable->offset, sizeof(out));
  }
  return out;
}

bool Family::has_begun() const { return counter("begun") != 0; }
std::uint64_t Family::missed() const { return counter("missed"); }

bool Family::holds(std::uint32_t number) {
  if (known_.contains(number)) return true;
  std::byte value{};
  const auto found = members_->lookup(bytes_of(number), std::span(&value, 1));
  if (!found || !*found) return false;
  known_.insert(number);
  return true;
}

}  // namespace skep::run
