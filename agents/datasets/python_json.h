// JSON as Python writes it: with Infinity, -Infinity and NaN, which JSON lacks.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace seqrl {

// The value that `text` holds, in which those three are the strings ".inf", "-.inf" and ".nan";
// discarded where it is no JSON.
nlohmann::json parse_python_json(std::string_view text);

// The same, with the keys of objects in the order of the text.
nlohmann::ordered_json parse_python_json_in_order(std::string_view text);

// The value in YAML's notation, in which these strings are the numbers again.
std::string yaml_of(const nlohmann::json& value);

}  // namespace seqrl
