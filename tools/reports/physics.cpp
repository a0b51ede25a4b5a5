#include "tools/reports/physics.h"

#include <algorithm>

#include "configs/base/error.h"
#include "envs/mujoco/physics.h"
#include "envs/registry.h"

namespace seqrl::tools {

std::string physics_of(const std::string& env, const std::string& version) {
  const auto names = env_names();
  if (version.empty() || std::ranges::find(names, env) == names.end()) return "";
  try {
    return physics_since(*make_env(env), version);
  } catch (const Error&) {
    return "";  // for example a plug-in's environment that needs missing files
  }
}

std::string physics_text(const std::string& physics) {
  if (physics.empty() || physics == kFirstPhysics) return "";
  return "the robot moves differently than under MuJoCo before " + physics +
         ": scores are not comparable with those";
}

}  // namespace seqrl::tools
