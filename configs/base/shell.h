// Quotes text for messages that users copy into a shell.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// An argument in a form that a shell reads back: bare if that is safe, otherwise quoted. Control
// characters and invalid UTF-8 are escaped ($'\x1B'), so that the result can be printed as is.
std::string shell_quoted(std::string_view argument);

}  // namespace seqrl
