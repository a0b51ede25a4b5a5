// A checker tests that an environment fulfils envs/env.h, like Gymnasium's check_env.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envs/registry.h"

namespace seqrl {

struct EnvChecks {
  bool starts_differ = true;  // different seeds start differently; false for a single start state
};

// Returns the violations by environments that `make` creates, one line each; empty when all checks
// pass: spaces are sane; reset is a pure function of the seed, and seeds differ (`checks`);
// stepping is deterministic; observations are finite and in their space; rewards are finite;
// actions are clipped; an action that is not finite or has the wrong size is an Error, and so is a
// step before reset or after the end; `truncated` is set exactly at max_episode_steps and never
// together with `terminated`.
//
// Plays up to three episodes of random actions. If all of them end before the time limit, the limit
// remains untested.
std::vector<std::string> check_env(const EnvFactory& make, const EnvChecks& checks = {});
std::vector<std::string> check_env(std::string_view name);

}  // namespace seqrl
