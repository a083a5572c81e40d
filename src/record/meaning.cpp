#include "record/schema.hpp"

namespace skep::record {

std::string_view name_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::unsigned_integer:
      return "unsigned integer";
    case Meaning::signed_integer:
      return "signed integer";
    case Meaning::boolean:
      return "bool";
    case Meaning::character:
      return "character";
    case Meaning::enumeration:
      return "enum";
    case Meaning::floating:
      return "float";
    case Meaning::pointer:
      return "pointer";
    case Meaning::text:
    case Meaning::text_span:
      return "text";
    case Meaning::bytes:
      return "bytes";
    case Meaning::structure:
      return "struct";
    case Meaning::words_span:
      return "words";
    case Meaning::error_code:
      return "errno";
    case Meaning::result:
      return "result or errno";
    case Meaning::signal:
      return "signal";
    case Meaning::duration_ns:
      return "duration";
    case Meaning::open_flags:
      return "open flags";
    case Meaning::file_mode:
      return "file mode";
    case Meaning::user_id:
      return "user id";
    case Meaning::time_ns:
      return "time";
  }
  return "bytes";
}

}  // namespace skep::record
