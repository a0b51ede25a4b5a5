// How environments move under MuJoCo's versions: where one changed a robot, runs under others do
// not compare.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "envs/env.h"
#include "envs/mujoco/mujoco_model.h"

namespace seqrl {

// The physics of what never changed.
constexpr std::string_view kFirstPhysics = "2.2";

// The version of MuJoCo since which a model moves as it does under `version`, as far as is known:
// "2.2" for what never changed. Two runs compare where these are equal.
//   "3.0" and each minor version after it: cylinders, ellipsoids or meshes of this model touch
//   others than planes and spheres, and where they do is found otherwise; "3.3.6": the solver PGS
//   goes another way, and this model uses it; "3.5": margins of two geoms are added, and some of
//   this model's meet (not of built-in ones); "4.0": free and ball joints turn otherwise under RK4,
//   and this model has some.
std::string physics_since(const MujocoModel& model, std::string_view version);

// The same of an environment; "" where MuJoCo does not simulate it.
std::string physics_since(const Env& env, std::string_view version);

// One line, where an environment moved otherwise under the version `then` than it does now.
std::optional<std::string> physics_difference(const Env& env, std::string_view then);

// One line, where the MuJoCo that runs moves the environment otherwise than 2.2 did: since when,
// why, and what that means for returns.
std::optional<std::string> physics_note(const Env& env);

}  // namespace seqrl
