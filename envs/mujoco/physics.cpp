#include "envs/mujoco/physics.h"

#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <span>

#include "envs/mujoco/margins.h"
#include "envs/mujoco/mujoco_env.h"

namespace seqrl {
namespace {

constexpr std::string_view kAlways = "2.2", kExactTurns = "4.0";

// Whether the integrator turns joints that have quaternions in four stages.
bool turns_in_stages(const mjModel& model) {
  const std::span types(model.jnt_type, static_cast<std::size_t>(model.njnt));
  return model.opt.integrator == mjINT_RK4 && std::ranges::any_of(types, [](int type) {
           return type == mjJNT_FREE || type == mjJNT_BALL;
         });
}

}  // namespace

std::string physics_since(const MujocoModel& model, std::string_view version) {
  if (mujoco_at_least(version, kExactTurns) && turns_in_stages(*model.get())) {
    return std::string(kExactTurns);
  }
  const bool added = mujoco_at_least(version, kAddedMargins) && model.adds_margins();
  return std::string(added ? kAddedMargins : kAlways);
}

std::string physics_since(const Env& env, std::string_view version) {
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(&env);
  return mujoco == nullptr ? "" : physics_since(mujoco->model(), version);
}

std::optional<std::string> physics_note(const Env& env) {
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(&env);
  if (mujoco == nullptr) return std::nullopt;
  const std::string version = mujoco_version();
  const std::string since = physics_since(mujoco->model(), version);
  if (since == kAlways) return std::nullopt;
  const bool turns = since == kExactTurns;
  const bool margins = mujoco_at_least(version, kAddedMargins) && mujoco->model().adds_margins();
  std::string why;
  if (turns) why = "RK4 turns free and ball joints otherwise since 4.0";
  if (margins) {
    why += fmt::format(
        "{}margins of two geoms are added since 3.5 (halve them in the MJCF to have "
        "the contacts of before)",
        turns ? ", and " : "");
  }
  return fmt::format(
      "{} moves otherwise under MuJoCo {} than under versions before {}: {}; returns "
      "and scores do not compare with theirs",
      env.name(), version, since, why);
}

}  // namespace seqrl
