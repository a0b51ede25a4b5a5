// Text for messages that are copied into a shell.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// An argument as a shell reads it back: bare where that is safe, otherwise in quotes. Control
// characters and bytes that are no UTF-8 are escaped ($'\x1B'), so that it can be printed as it is.
std::string shell_quoted(std::string_view argument);

}  // namespace seqrl
