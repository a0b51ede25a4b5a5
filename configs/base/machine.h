// The machine that the program runs on, for records.
#pragma once

#include <string>

namespace seqrl {

// What the processor calls itself, "Intel(R) Xeon(R) Platinum 8488C"; "unknown" where the system
// does not say.
std::string processor_name();

}  // namespace seqrl
