#include "run/family.hpp"

#include <algorithm>
#include <cstring>

#include "base/embedded.hpp"
#include "base/error.hpp"

namespace skep {
extern const EmbeddedFile family_table[];
}  // namespace skep

namespace skep::run {
namespace {

struct Known {
  std::string_view name;
  std::uint32_t size, shift;
};

// In the order of preference.
constexpr Known known[] = {{"tgid", 4, 0},      {"pid", 4, 0},      {"pid", 8, 0},
                           {"pid_tgid", 8, 32}, {"pidtgid", 8, 32}, {"tgid_pid", 8, 32},
                           {"tid", 4, 0}};

std::span<const std::byte> bytes_of(const std::uint32_t& number) {
  return std::as_bytes(std::span(&number, 1));
}

}  // namespace

std::optional<std::uint32_t> ProcessColumn::read(std::span<const std::byte> record) const {
  if (offset > record.size() || size > record.size() - offset) return std::nullopt;
  std::uint64_t value = 0;
  std::memcpy(&value, record.data() + offset, size);
  return static_cast<std::uint32_t>(value >> shift);
}

std::optional<ProcessColumn> find_process_column(const record::Schema& schema) {
  for (const auto& want : known) {
    const auto found = std::ranges::find_if(schema.columns, [&](const record::Column& column) {
      const bool is_number = column.meaning == record::Meaning::unsigned_integer ||
                             column.meaning == record::Meaning::signed_integer;
      return is_number && column.path.back() == want.name && column.size == want.size &&
             column.dimensions.empty() && column.bit_size == 0;
    });
    if (found != schema.columns.end()) return ProcessColumn{found->offset, want.size, want.shift};
  }
  return std::nullopt;
}

Result<Family> Family::follow(int process) {
  SKEP_TRY(auto spec, ObjectSpec::parse(family_table[0].bytes(), "family"));
  SKEP_TRY(auto object, Object::load(std::move(spec)));
  SKEP_TRY(const Map* members, object.map("family"));
  const auto number = static_cast<std::uint32_t>(process);
  SKEP_CHECK(members->update(bytes_of(number), std::as_bytes(std::span("\1", 1))));
  SKEP_TRY(const Program* born, object.program("born"));
  SKEP_TRY(auto link, born->attach());
  Family out(std::move(object), std::move(link));
  SKEP_TRY(out.members_, out.object_.map("family"));
  return out;
}

bool Family::holds(std::uint32_t number) {
  if (known_.contains(number)) return true;
  std::byte value{};
  const auto found = members_->lookup(bytes_of(number), std::span(&value, 1));
  if (!found || !*found) return false;
  known_.insert(number);
  return true;
}

}  // namespace skep::run
