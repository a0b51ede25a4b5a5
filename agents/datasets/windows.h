// A sampler of training windows from a dataset.
#pragma once

#include <cstdint>
#include <vector>

#include "agents/datasets/data_scale.h"
#include "agents/datasets/trajectories.h"
#include "models/ops/window_shares.h"

namespace seqrl {

// A batch of windows, padded on the right: everything is 0 where mask is 0. Row-major.
struct Batch {
  Batch(std::int64_t batch_, std::int64_t context_, std::int64_t observation_dim_,
        std::int64_t action_dim_);

  std::int64_t batch, context, observation_dim, action_dim;
  std::vector<float> observations;      // [batch, context, observation_dim], normalised
  std::vector<float> actions;           // [batch, context, action_dim], as scaled for an agent
  std::vector<float> returns_to_go;     // [batch, context], divided by the return scale
  std::vector<std::int32_t> timesteps;  // [batch, context], steps since the episode's start
  std::vector<float> mask;              // [batch, context], 1 for a timestep, 0 for padding
};

// Part of an episode.
struct Window {
  std::int64_t episode = 0;
  std::int64_t start = 0;   // steps since the episode's start
  std::int64_t length = 0;  // 1 … context
};

// The shares of a merged dataset, by the weights of their episodes: whole numbers as they are,
// others to a millionth of the largest. An Error of kind user for more than WindowShares::kMost
// runs of episodes of one weight.
WindowShares window_shares(const Trajectories& data);

// Draws windows as the Decision Transformer does (Chen et al., arXiv 2106.01345, and its code): an
// episode with probability proportional to its length, a start uniform in it, and from there up to
// `context` timesteps. That is, a start uniform over all transitions, or over those of episodes of
// one weight.
//
// The window is a function of (seed, step, row) only.
class WindowSampler {
 public:
  // Keeps a reference to `data`. An Error of kind user if `context` or the return scale is not
  // positive.
  WindowSampler(const Trajectories& data, std::int64_t context, const DataScale& scale,
                std::uint64_t seed);
  // The same with DataScale::of(data, return_scale).
  WindowSampler(const Trajectories& data, std::int64_t context, double return_scale,
                std::uint64_t seed);

  // A batch of this many windows, at least 1, with the sampler's sizes, filled with 0.
  Batch make_batch(std::int64_t batch) const;

  // The window of a row of a training step's batch.
  Window window(std::uint64_t step, std::int64_t row) const;

  // Fills rows first … last − 1 of the batch for a training step; allocates nothing. Threads may
  // fill different rows of one batch concurrently.
  void fill(std::uint64_t step, std::int64_t first, std::int64_t last, Batch& batch) const;

  // Fills a row with the given window.
  void fill_row(const Window& window, std::int64_t row, Batch& batch) const;

 private:
  // The size of the agent's actions.
  std::int64_t action_dim() const { return scale_.actions.agent_dim(data_.action_dim()); }

  const Trajectories& data_;
  std::int64_t context_;
  DataScale scale_;
  double inverse_return_scale_;
  std::uint64_t seed_;
  WindowShares shares_;
};

}  // namespace seqrl
