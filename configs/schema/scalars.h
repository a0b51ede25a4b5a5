// Numbers and strings in YAML form, and paths.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// Whether `text` is a decimal number: [-+] digits [. digits] [e [-+] digits], without the leading
// zeros that YAML 1.1 reads as octal.
bool is_number(std::string_view text);

// The value in a form that any YAML reader restores.
std::string yaml_scalar(double value);  // finite
std::string yaml_scalar(const std::string& value);

// `path` with the ~ of `~/…` or `~` replaced by the home folder. Throws an Error of kind user for
// another user's home folder, or if $HOME is not set.
std::string home_expanded(const std::string& path);

}  // namespace seqrl
