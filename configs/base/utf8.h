// UTF-8, character by character.
#pragma once

#include <cstddef>
#include <string_view>

namespace seqrl {

// The length in bytes of the first UTF-8 character of `text`, which is not empty; 0 if that is not
// valid (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF).
std::size_t utf8_length(std::string_view text);

}  // namespace seqrl
