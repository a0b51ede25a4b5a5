// The public header for datasets: recorded experience, read from D4RL and Minari files or built by
// a program.
//
//   const seqrl::Trajectories data = seqrl::load_dataset("hopper-medium.hdf5");
//   const auto observations = seqrl::observation_matrix(data);   // Eigen, (transitions, dim)
//
// load_dataset() is documented in detail/agents/datasets/load.h, Trajectories and its errors in
// trajectories.h, TrajectoriesBuilder in trajectories_builder.h.
#pragma once

#include <Eigen/Core>

#include "agents/datasets/load.h"
#include "agents/datasets/trajectories.h"
#include "agents/datasets/trajectories_builder.h"
#include "configs/base/error.h"

namespace seqrl {

// A view of a dataset's rows or columns, without a copy; the dataset must outlive it.
using RowMatrixView =
    Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
using VectorView = Eigen::Map<const Eigen::VectorXf>;

// (transitions, observation_dim)
inline RowMatrixView observation_matrix(const Trajectories& data) {
  return {data.observations().data(), data.transitions(), data.observation_dim()};
}

// (transitions, action_dim)
inline RowMatrixView action_matrix(const Trajectories& data) {
  return {data.actions().data(), data.transitions(), data.action_dim()};
}

// (transitions)
inline VectorView reward_vector(const Trajectories& data) {
  return {data.rewards().data(), data.transitions()};
}

// (transitions): the sum of rewards from each transition to its episode's end, undiscounted.
inline VectorView return_to_go_vector(const Trajectories& data) {
  return {data.returns_to_go().data(), data.transitions()};
}

}  // namespace seqrl
