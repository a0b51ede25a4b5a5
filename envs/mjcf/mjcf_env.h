// An environment that a config describes: any MuJoCo model, its reward a sum of weighted terms.
#pragma once

#include <memory>

#include "envs/env.h"
#include "envs/mjcf/mjcf_options.h"

namespace seqrl {

// A model that is not there, does not compile, is not the one of the config's fingerprint, or lacks
// a name is an Error of kind user.
std::unique_ptr<Env> make_mjcf_env(const MjcfOptions& config);

}  // namespace seqrl
