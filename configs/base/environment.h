// Variables of the environment that set the program up.
#pragma once

#include <optional>

namespace seqrl {

// Seconds that a variable gives, or `usual` where it is not set. Nothing where it is no number from
// 1 to 86400, as kExpectedSeconds says.
constexpr const char* kExpectedSeconds = "expected seconds from 1 to 86400";
std::optional<double> seconds_in_environment(const char* name, double usual);

}  // namespace seqrl
