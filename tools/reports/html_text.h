// Text, bytes and data as parts of an HTML page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace seqrl::tools {

// One line of text, escaped so that it is shown literally.
std::string escaped(std::string_view text);

// The same for several lines, each of which ends with '\n'.
std::string escaped_lines(const std::string& text);

std::string base64(std::string_view bytes);

// JSON for a script element; its content cannot close the element.
std::string script_data(const nlohmann::ordered_json& json);

}  // namespace seqrl::tools
