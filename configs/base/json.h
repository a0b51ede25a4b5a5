// JSON for files and terminals.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace seqrl {

// On one line. In strings, characters that would act on a terminal are escaped, and invalid UTF-8
// is replaced.
std::string compact(const nlohmann::ordered_json& json);

// One entry per line, indented by two; a list of plain values, of any length, takes one line. Ends
// with '\n'.
std::string indented(const nlohmann::ordered_json& json);

// The plain values of an object as one flat object with dotted keys: {"a": {"b": [1, 2]}} →
// {"a.b.0": 1, "a.b.1": 2}. An empty list or object is null.
nlohmann::json with_dotted_keys(const nlohmann::ordered_json& object);

}  // namespace seqrl
