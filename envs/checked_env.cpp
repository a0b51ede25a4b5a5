#include "envs/checked_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "configs/base/error.h"
#include "envs/env_notes.h"

namespace seqrl {
namespace {

// Agents compute in float32.
bool is_usable(double x) {
  return std::isfinite(static_cast<float>(x));
}

auto find_not_finite(std::span<const double> numbers) {
  return std::ranges::find_if(numbers, [](double x) { return !is_usable(x); });
}

}  // namespace

void reset_checked(Env& env, std::uint64_t seed, std::span<double> observation) {
  env.reset(seed, observation);
  const std::span<const double> numbers(observation);
  const auto bad = find_not_finite(numbers);
  if (bad == numbers.end()) return;
  reject(
      "{}: the first observation of an episode has {} at [{}]; the environment must return "
      "finite numbers",
      env.name(), *bad, bad - numbers.begin());
}

StepOutcome step_checked(Env& env, std::span<const double> action, std::span<double> observation) {
  const StepOutcome outcome = env.step(action, observation);
  if (outcome.invalid) return outcome;
  const std::span<const double> numbers(observation);
  if (is_usable(outcome.reward) && find_not_finite(numbers) == numbers.end()) return outcome;
  add_env_note(env.name(), "an episode is invalid: a reward or an observation is not finite");
  return {.invalid = true};
}

}  // namespace seqrl
