#include "record/format.hpp"

#include "record/select.hpp"

namespace skep::record {

JsonFormatter::JsonFormatter(const Schema& schema, Clock clock)
    : program_(schema.enumerations, clock),
      object_(program_.add_object(group_by_parents(schema.columns))),
      required_(extent_of(schema)),
      is_open_(is_open(schema)) {}

void JsonFormatter::append(Output& out, std::span<const std::byte> record) const {
  Writer writer(out);
  if (record.size() < required_) [[unlikely]] {
    writer.put("{\"_raw\":\"");
    write_hex_bytes(writer, record);
    return writer.put("\"}\n");
  }
  program_.run(writer, record, object_);
  if (!is_open_ && record.size() - required_ > most_padding) [[unlikely]] {
    writer.cut_at(writer.size() - 1);  // the closing brace
    writer.put(required_ == 0 ? "\"_rest\":\"" : ",\"_rest\":\"");
    write_hex_bytes(writer, record.subspan(required_));
    writer.put("\"}");
  }
  writer.put('\n');
}

}  // namespace skep::record
