// Text, bytes and data as parts of an HTML page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seqrl::tools {

// Text of one line: it shows as it is, whatever is in it.
std::string escaped(std::string_view text);

// The same of several lines, each of which ends with '\n'.
std::string escaped_lines(const std::string& text);

std::string base64(std::string_view bytes);

// JSON for a script element, which nothing in it ends.
std::string script_data(const nlohmann::ordered_json& json);

}  // namespace seqrl::tools
