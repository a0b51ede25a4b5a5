// Checks of a compiled model for errors that MuJoCo compiles but cannot simulate.
#pragma once

#include <optional>
#include <string>

struct mjModel_;  // mjModel

namespace seqrl {

// The error in a compiled model, if any: a number that is NaN, or a timestep that is not positive.
std::optional<std::string> model_fault(const mjModel_& model);

// The error in keyframe `index`, if any: a number that is not below 1e10.
std::optional<std::string> keyframe_fault(const mjModel_& model, int index);

}  // namespace seqrl
