#include "skep/btf.hpp"

#include <array>

#include "btf/data.hpp"
#include "btf/flavour.hpp"

namespace skep {
namespace btf {
namespace {

constexpr std::array<std::byte, std::size_t{header_words} * word_size> void_record{};

bool is_it(const Data& data, TypeId id, std::string_view name, Kind kind) noexcept {
  const std::byte* record = data.record(id);
  return kind_of(word_at(record, 1)) == kind && data.string_is(word_at(record, 0), name);
}

std::optional<TypeId> find_own(const Data& data, std::string_view name, Kind kind) noexcept {
  if (data.names && !name.empty()) {
    for (const TypeId id : data.names->with(essential_name(name))) {
      if (is_it(data, id, name, kind)) return id;
    }
    return std::nullopt;
  }
  for (std::size_t i = 0; i < data.offsets.size(); ++i) {
    const std::byte* record = data.types.data() + data.offsets[i];
    if (kind_of(word_at(record, 1)) == kind && data.string_is(word_at(record, 0), name)) {
      return data.first_id + static_cast<TypeId>(i);
    }
  }
  return std::nullopt;
}

}  // namespace

const std::byte* Data::record(TypeId id) const noexcept {
  if (id == 0) return void_record.data();
  const Data* data = this;
  while (id < data->first_id) data = data->base.get();
  return data->types.data() + data->offsets[id - data->first_id];
}

std::string_view Data::string(std::uint32_t offset) const noexcept {
  const Data* data = this;
  while (offset < data->first_string) data = data->base.get();
  if (offset >= data->end_string()) return {};
  return data->strings.data() + (offset - data->first_string);  // check_strings saw the NUL
}

bool Data::string_is(std::uint32_t offset, std::string_view text) const noexcept {
  const Data* data = this;
  while (offset < data->first_string) data = data->base.get();
  if (offset >= data->end_string()) return text.empty();
  const std::string_view rest = data->strings.substr(offset - data->first_string);
  // Without looking for the string's end first: most differ in the first bytes.
  return rest.starts_with(text) && rest[text.size()] == '\0';
}

}  // namespace btf

Btf::Btf() : data_(std::make_shared<btf::Data>()) {}
Btf::Btf(std::shared_ptr<const btf::Data> data) noexcept : data_(std::move(data)) {}

btf::TypeId Btf::end_id() const noexcept { return data_->end_id(); }
btf::TypeId Btf::first_id() const noexcept { return data_->first_id; }
std::span<const std::byte> Btf::bytes() const noexcept { return data_->bytes; }
std::string_view Btf::string(std::uint32_t offset) const noexcept { return data_->string(offset); }

bool Btf::has_string(std::uint32_t offset) const noexcept { return offset < data_->end_string(); }

btf::Type Btf::type(btf::TypeId id) const noexcept { return {data_.get(), id, data_->record(id)}; }

std::optional<btf::Type> Btf::find(std::string_view name, btf::Kind kind) const noexcept {
  if (data_->base != nullptr) {
    if (const auto found = Btf(data_->base).find(name, kind)) return found;
  }
  const auto id = btf::find_own(*data_, name, kind);
  if (!id) return std::nullopt;
  return type(*id);
}

btf::Type Btf::strip(btf::TypeId id) const noexcept {
  auto found = type(id);
  for (unsigned step = 0; found.is_modifier(); ++step) {
    if (step == btf::longest_chain) return type(0);
    found = type(found.target());
  }
  return found;
}

btf::Type Btf::strip_qualifiers(btf::TypeId id) const noexcept {
  auto found = type(id);
  for (unsigned step = 0; found.is_modifier() && !found.is(btf::Kind::typedef_); ++step) {
    if (step == btf::longest_chain) return type(0);
    found = type(found.target());
  }
  return found;
}

}  // namespace skep
