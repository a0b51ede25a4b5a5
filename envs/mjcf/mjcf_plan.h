// A plan is a description with names resolved to indices into the simulation's arrays.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "envs/mjcf/mjcf_description.h"
#include "envs/mujoco/mujoco_model.h"

namespace seqrl {

struct MjcfPlan {
  struct Term {
    double weight;
    int index;
  };
  enum class Quantity { position, velocity, body_height, sensor };
  struct Bound {
    Quantity quantity;
    int index;
    Range range;
  };

  std::shared_ptr<const MujocoModel> model;
  std::vector<Term> joint_velocities;          // indices into qpos
  std::vector<Term> body_velocities;           // into xpos, three numbers per body
  std::vector<Term> sensors, squared_sensors;  // into sensordata
  std::vector<Bound> bounds;
  std::vector<int> seen;  // indices into sensordata
  int keyframe = -1;
  int observation_dim = 0;
  // The first unknown name or other mismatch; the rest of the plan is then unusable.
  std::optional<Fields::Fault> fault;

  // Whether the plan reads values that MuJoCo's step leaves as of the step's beginning.
  bool needs_refresh() const;

  static MjcfPlan make(const MjcfDescription& description,
                       std::shared_ptr<const MujocoModel> model);
};

}  // namespace seqrl
