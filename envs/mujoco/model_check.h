// Checks of a compiled model for what MuJoCo compiles, but cannot simulate.
#pragma once

#include <optional>
#include <string>

struct mjModel_;  // mjModel

namespace seqrl {

// Nothing, or what is wrong with a compiled model: a number that is NaN, a step of no time.
std::optional<std::string> model_fault(const mjModel_& model);

// Nothing, or what is wrong with the `index`-th keyframe: a number that is not below 1e10.
std::optional<std::string> keyframe_fault(const mjModel_& model, int index);

}  // namespace seqrl
