// Episodes of an environment that may be a user's: numbers that are not finite go no further.
#pragma once

#include <cstdint>
#include <span>

#include "envs/env.h"

namespace seqrl {

// Env::reset(). An observation that is not finite is an Error of kind user.
void reset_checked(Env& env, std::uint64_t seed, std::span<double> observation);

// Env::step(). If the reward or the observation is not finite, the step is invalid and its reward
// is zero; an environment note says so.
StepOutcome step_checked(Env& env, std::span<const double> action, std::span<double> observation);

}  // namespace seqrl
