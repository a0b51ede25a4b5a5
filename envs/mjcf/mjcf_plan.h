// A plan is a description with the names of a model turned into places in the simulation's arrays.
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
  std::vector<Term> body_velocities;           // into xpos, three numbers a body
  std::vector<Term> sensors, squared_sensors;  // into sensordata
  std::vector<Bound> bounds;
  std::vector<int> seen;  // of sensordata
  int keyframe = -1;
  int observation_dim = 0;
  // The first name that the model does not know, or another misfit; then the rest is of no use.
  std::optional<Fields::Fault> fault;

  // Whether anything is read that a step of MuJoCo leaves as of its beginning.
  bool needs_refresh() const;

  static MjcfPlan make(const MjcfDescription& description,
                       std::shared_ptr<const MujocoModel> model);
};

}  // namespace seqrl
