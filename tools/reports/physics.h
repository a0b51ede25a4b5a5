// The physics that runs were evaluated under: those of different ones do not compare.
#pragma once

#include <string>

namespace seqrl::tools {

// The version of MuJoCo since which an environment moves as it did under `version`
// (envs/mujoco/physics.h); "" where MuJoCo does not simulate it, where it cannot be made from its
// name alone, and where the version is not known.
std::string physics_of(const std::string& env, const std::string& version);

// What a report says of it: "" for what never changed.
std::string physics_text(const std::string& physics);

}  // namespace seqrl::tools
