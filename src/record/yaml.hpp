// record/yaml.hpp: records as a stream of YAML documents.
#pragma once

#include <cstddef>

#include "record/writer.hpp"

namespace skep::record {

// Turns the line of JSON that was written from `mark` on, an object, into a YAML document: a line
// "---", then a line for each member, objects below each other, arrays in brackets. Good for YAML
// 1.1 and 1.2. Precondition: record/ wrote the line.
void make_yaml(Output& out, std::size_t mark);

}  // namespace skep::record
