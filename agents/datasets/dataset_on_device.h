// A dataset in the memory of a device.
#pragma once

#include <span>
#include <vector>

#include "agents/datasets/data_scale.h"
#include "agents/datasets/trajectories.h"
#include "models/ops/windows.h"

namespace seqrl {

// Observations, actions and returns-to-go, scaled once, as WindowSampler gives them. A transition
// takes 4 · (observation_dim + action_dim + 3) bytes; for choices, action_dim is their number.
class DatasetOnDevice {
 public:
  DatasetOnDevice(const Trajectories& data, const DataScale& scale, Device device);

  const ResidentEpisodes& episodes() const { return episodes_; }

 private:
  template <typename T>
  Tensor keep(std::span<const T> values, Shape shape, Device device);

  std::vector<Storage> storage_;
  ResidentEpisodes episodes_;
};

}  // namespace seqrl
