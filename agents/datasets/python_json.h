// JSON in Python's dialect, with Infinity, -Infinity and NaN.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace seqrl {

// The value of `text`, with those three as the strings ".inf", "-.inf" and ".nan"; discarded if it
// is not JSON.
nlohmann::json parse_python_json(std::string_view text);

// The same, with the keys of objects in the order of the text.
nlohmann::ordered_json parse_python_json_in_order(std::string_view text);

// The value in YAML's notation, which reads these strings as the numbers again.
std::string yaml_of(const nlohmann::json& value);

}  // namespace seqrl
