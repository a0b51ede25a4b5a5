// Numbers and strings as YAML has them, and paths.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// Whether `text` is a decimal number: [-+] digits [. digits] [e [-+] digits], without the leading
// zeros that YAML 1.1 reads as octal.
bool is_number(std::string_view text);

// Such that any YAML reader gives the value back.
std::string yaml_scalar(double value);  // finite
std::string yaml_scalar(const std::string& value);

// `path` with the home folder for the ~ of `~/…` or `~`; an Error of kind user for another user's,
// or where $HOME is not set.
std::string home_expanded(const std::string& path);

}  // namespace seqrl
