// How environments move under MuJoCo's versions. If a version changed a robot's motion, runs under
// it and under others are not comparable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "envs/env.h"
#include "envs/mujoco/mujoco_model.h"

namespace seqrl {

// The physics of models that never changed.
constexpr std::string_view kFirstPhysics = "2.2";

// The version of MuJoCo since which a model moves as it does under `version`, as far as known:
// "2.2" for models that never changed. Two runs are comparable if these are equal.
//   "3.0" and each minor version after it: cylinders, ellipsoids or meshes of this model touch
//   shapes other than planes and spheres, and the contact points are computed differently; "3.3.6":
//   the solver PGS behaves differently, and this model uses it; "3.5": margins of two geoms are
//   added, and some of this model's meet (not of built-in ones); "4.0": free and ball joints turn
//   differently under RK4, and this model has some.
std::string physics_since(const MujocoModel& model, std::string_view version);

// The same for an environment; "" if MuJoCo does not simulate it.
std::string physics_since(const Env& env, std::string_view version);

// One line if an environment moved differently under version `then` than it does now.
std::optional<std::string> physics_difference(const Env& env, std::string_view then);

// One line if the running MuJoCo moves the environment differently than 2.2 did: since when, why,
// and the effect on returns.
std::optional<std::string> physics_note(const Env& env);

}  // namespace seqrl
