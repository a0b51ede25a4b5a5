// Windows of recorded episodes, drawn and cut out by the device that holds the episodes.
#pragma once

#include "models/core/tape.h"
#include "models/ops/window_shares.h"

namespace seqrl {

// Concatenated episodes in the memory of a device.
struct ResidentEpisodes {
  Tensor observations;       // (transitions, observation_dim)
  Tensor actions;            // (transitions, action_dim)
  Tensor returns_to_go;      // (transitions)
  Tensor timesteps;          // (transitions) int32, steps since the episode's start
  Tensor remaining;          // (transitions) int32, steps to the episode's end, including this one
  WindowShares shares = {};  // of the draws; none = all transitions are equally likely
};

// A batch of windows, padded on the right: everything is 0 where mask is 0.
struct Windows {
  Tensor observations;   // (batch, context, observation_dim)
  Tensor actions;        // (batch, context, action_dim)
  Tensor returns_to_go;  // (batch, context, 1)
  Tensor timesteps;      // (batch, context) int32
  Tensor mask;           // (batch, context), 1 for a timestep, 0 for padding
  Tensor count;          // (1), timesteps of the whole batch without the padding
};

// Windows [first, last) of a batch of `batch` windows.
struct WindowRows {
  std::int64_t first, last, batch;
};

// Draws the windows of the pass's step: the same as a WindowSampler (agents/datasets/windows.h)
// with the pass's seed. On CUDA only.
Windows draw_windows(Tape& tape, const ResidentEpisodes& episodes, const WindowRows& rows,
                     std::int64_t context);

}  // namespace seqrl
