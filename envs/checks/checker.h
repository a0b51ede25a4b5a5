// A checker tests that an environment keeps the promises of envs/env.h, as Gymnasium's check_env.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "envs/registry.h"

namespace seqrl {

struct EnvChecks {
  bool starts_differ = true;  // different seeds start differently; some begin in one state only
};

// The claims that environments made by `make` violate, one line each; empty when all hold:
// spaces are sane; reset is a pure function of the seed, and seeds differ (`checks`); stepping is
// deterministic; observations lie in their space and are finite, rewards too; actions are clipped;
// an action that is not finite or of the wrong size is an Error, and so is a step before reset or
// after the end; `truncated` comes exactly at max_episode_steps and never together with
// `terminated`.
//
// Plays up to three episodes of random actions. Of an environment that none of them outlives, the
// time limit stays unproven.
std::vector<std::string> check_env(const EnvFactory& make, const EnvChecks& checks = {});
std::vector<std::string> check_env(std::string_view name);

}  // namespace seqrl
