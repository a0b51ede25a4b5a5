// The physics under which runs were evaluated. Runs under different physics are not comparable.
#pragma once

#include <string>

namespace seqrl::tools {

// The oldest MuJoCo version since which an environment behaves as under `version`
// (envs/mujoco/physics.h); "" if MuJoCo does not simulate it, if it cannot be created from its name
// alone, or if the version is not known.
std::string physics_of(const std::string& env, const std::string& version);

// The text of a report on it: "" if the physics never changed.
std::string physics_text(const std::string& physics);

}  // namespace seqrl::tools
