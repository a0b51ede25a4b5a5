#include "envs/mjcf/mjcf_plan.h"

#include <fmt/format.h>
#include <mujoco/mujoco.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "configs/base/text.h"
#include "envs/mujoco/model_check.h"

namespace seqrl {
namespace {

using Keys = std::vector<std::string>;

// Looks names up. The first failure is kept; later ones are ignored.
class Names {
 public:
  Names(const mjModel& model, std::optional<Fields::Fault>& fault) : model_(model), fault_(fault) {}

  void fail(Keys keys, std::string text) {
    if (!fault_) fault_ = Fields::Fault{std::move(keys), std::move(text)};
  }

  int find(mjtObj type, const char* what, const std::string& name, const Keys& keys) {
    const int id = mj_name2id(&model_, type, name.c_str());
    if (id >= 0) return id;
    fail(keys, fmt::format("the model has no {} named {}{}", what, shown(name),
                           suggest(type, what, name)));
    return 0;
  }

  // The index in qpos and qvel of a joint, which must have one number in each.
  std::pair<int, int> joint(const std::string& name, const Keys& keys) {
    const int id = find(mjOBJ_JOINT, "joint", name, keys);
    if (fault_) return {0, 0};
    if (model_.jnt_type[id] == mjJNT_FREE || model_.jnt_type[id] == mjJNT_BALL) {
      fail(keys, fmt::format("{} is a free or ball joint, which has more than one number; name its "
                             "body, or a sensor",
                             name));
    }
    return {model_.jnt_qposadr[id], model_.jnt_dofadr[id]};
  }

  // The index in xpos of "torso.x".
  int body_axis(const std::string& name, const Keys& keys) {
    const std::size_t dot = name.rfind('.');
    const std::size_t axis = dot == std::string::npos || dot + 2 != name.size()
                                 ? 3
                                 : std::string("xyz").find(name[dot + 1]);
    if (axis > 2) {
      find(mjOBJ_BODY, "body", name.substr(0, dot), keys);
      fail(keys, fmt::format("no valid axis: write {0}.x, {0}.y or {0}.z", name.substr(0, dot)));
      return 0;
    }
    return 3 * find(mjOBJ_BODY, "body", name.substr(0, dot), keys) + static_cast<int>(axis);
  }

  // The position of a sensor in sensordata and its number of values.
  std::pair<int, int> sensor(const std::string& name, const Keys& keys) {
    const int id = find(mjOBJ_SENSOR, "sensor", name, keys);
    return fault_ ? std::pair(0, 0) : std::pair(model_.sensor_adr[id], model_.sensor_dim[id]);
  }

  // The index in sensordata of a sensor with one number, or of "gyro.0".
  int sensor_number(const std::string& name, const Keys& keys) {
    const std::size_t dot = name.rfind('.');
    const bool whole =
        dot == std::string::npos || mj_name2id(&model_, mjOBJ_SENSOR, name.c_str()) >= 0;
    const std::string base = whole ? name : name.substr(0, dot);
    const auto [at, count] = sensor(base, keys);
    int number = 0;
    if (!whole) {
      const auto [end, error] =
          std::from_chars(name.data() + dot + 1, name.data() + name.size(), number);
      if (error != std::errc() || end != name.data() + name.size() || number < 0 ||
          number >= count) {
        fail(keys,
             fmt::format("{} has {} numbers: {}.0 to {}.{}", base, count, base, base, count - 1));
      }
    } else if (count != 1) {
      fail(keys,
           fmt::format("{0} has {1} numbers; name one, {0}.0 to {0}.{2}", base, count, count - 1));
    }
    return at + number;
  }

 private:
  // "; did you mean 'root_x'?", or a note that the model has none of these, or no names for them.
  std::string suggest(mjtObj type, const char* what, const std::string& name) const {
    const int count = type == mjOBJ_JOINT    ? static_cast<int>(model_.njnt)
                      : type == mjOBJ_BODY   ? static_cast<int>(model_.nbody)
                      : type == mjOBJ_SENSOR ? static_cast<int>(model_.nsensor)
                                             : static_cast<int>(model_.nkey);
    Keys names;
    for (int i = 0; i < count; ++i) {
      const char* known = mj_id2name(&model_, type, i);
      if (known != nullptr && *known != 0) names.emplace_back(known);
    }
    return names.empty() ? fmt::format("; it has no named {}", what) : suggestion(name, names);
  }

  const mjModel& model_;
  std::optional<Fields::Fault>& fault_;
};

}  // namespace

bool MjcfPlan::needs_refresh() const {
  const auto late = [](const Bound& bound) {
    return bound.quantity == Quantity::body_height || bound.quantity == Quantity::sensor;
  };
  return !body_velocities.empty() || !sensors.empty() || !squared_sensors.empty() ||
         !seen.empty() || std::ranges::any_of(bounds, late);
}

MjcfPlan MjcfPlan::make(const MjcfDescription& description,
                        std::shared_ptr<const MujocoModel> compiled) {
  MjcfPlan plan;
  plan.model = std::move(compiled);
  const mjModel& model = *plan.model->get();
  Names names(model, plan.fault);

  if (model.nu == 0)
    names.fail({"model"}, "the model has no actuators, so there are no actions to learn");
  if (!description.reset.keyframe.empty()) {
    const Keys keys = {"reset", "keyframe"};
    plan.keyframe = names.find(mjOBJ_KEY, "keyframe", description.reset.keyframe, keys);
    const auto fault = plan.fault ? std::nullopt : keyframe_fault(model, plan.keyframe);
    if (fault) names.fail(keys, fmt::format("{}: {}", description.reset.keyframe, *fault));
  }

  const MjcfObservation& observation = description.observation;
  if (observation.hidden_positions > model.nq) {
    names.fail({"observation", "hidden_positions"},
               fmt::format("{} is more than the model's {} positions", observation.hidden_positions,
                           model.nq));
  }
  for (const std::string& name : observation.sensors) {
    const auto [at, count] = names.sensor(name, {"observation", "sensors"});
    for (int i = 0; i < count; ++i) plan.seen.push_back(at + i);
  }
  if (observation.positions) {
    plan.observation_dim += static_cast<int>(model.nq) - observation.hidden_positions;
  }
  if (observation.velocities) plan.observation_dim += static_cast<int>(model.nv);
  plan.observation_dim += static_cast<int>(plan.seen.size());
  if (plan.observation_dim <= 0) names.fail({"observation"}, "is empty");

  for (const auto& [name, weight] : description.reward.joint_velocities.entries) {
    const int index = names.joint(name, {"reward", "joint_velocities", name}).first;
    plan.joint_velocities.push_back({weight, index});
  }
  for (const auto& [name, weight] : description.reward.body_velocities.entries) {
    const int index = names.body_axis(name, {"reward", "body_velocities", name});
    plan.body_velocities.push_back({weight, index});
  }
  for (const auto& [name, weight] : description.reward.sensors.entries) {
    plan.sensors.push_back({weight, names.sensor_number(name, {"reward", "sensors", name})});
  }
  for (const auto& [name, weight] : description.reward.squared_sensors.entries) {
    const int index = names.sensor_number(name, {"reward", "squared_sensors", name});
    plan.squared_sensors.push_back({weight, index});
  }

  const auto bound = [&](Quantity quantity, int index, const Range& range) {
    plan.bounds.push_back({quantity, index, range});
  };
  const MjcfTermination& end = description.termination;
  for (const auto& [name, range] : end.joint_positions.entries) {
    bound(Quantity::position, names.joint(name, {"termination", "joint_positions", name}).first,
          range);
  }
  for (const auto& [name, range] : end.joint_velocities.entries) {
    bound(Quantity::velocity, names.joint(name, {"termination", "joint_velocities", name}).second,
          range);
  }
  for (const auto& [name, range] : end.body_heights.entries) {
    const Keys keys = {"termination", "body_heights", name};
    bound(Quantity::body_height, 3 * names.find(mjOBJ_BODY, "body", name, keys) + 2, range);
  }
  for (const auto& [name, range] : end.sensors.entries) {
    bound(Quantity::sensor, names.sensor_number(name, {"termination", "sensors", name}), range);
  }
  return plan;
}

}  // namespace seqrl
