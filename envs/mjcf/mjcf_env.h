// An environment described in a config: any MuJoCo model, with a weighted sum as reward.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/mjcf/mjcf_options.h"

namespace seqrl {

// A model that is missing, does not compile, does not match the config's fingerprint, or lacks a
// name is an Error of kind user.
std::unique_ptr<Env> make_mjcf_env(const MjcfOptions& config);

}  // namespace seqrl
