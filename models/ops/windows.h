// Windows of recorded episodes, drawn and cut out by the device whose memory holds the episodes.
#pragma once

#include "models/core/tape.h"
#include "models/ops/window_shares.h"

namespace seqrl {

// Episodes end to end, in the memory of a device.
struct ResidentEpisodes {
  Tensor observations;       // (transitions, observation_dim)
  Tensor actions;            // (transitions, action_dim)
  Tensor returns_to_go;      // (transitions)
  Tensor timesteps;          // (transitions) int32, steps since the episode's start
  Tensor remaining;          // (transitions) int32, steps to the episode's end, this one included
  WindowShares shares = {};  // of what is drawn; none = every transition is as likely
};

// Windows side by side, padded on the right: everything is 0 where mask is 0.
struct Windows {
  Tensor observations;   // (batch, context, observation_dim)
  Tensor actions;        // (batch, context, action_dim)
  Tensor returns_to_go;  // (batch, context, 1)
  Tensor timesteps;      // (batch, context) int32
  Tensor mask;           // (batch, context), 1 for a timestep, 0 for padding
  Tensor count;          // (1), the timesteps of the whole batch that are no padding
};

// Windows [first, last) of a batch of so many.
struct WindowRows {
  std::int64_t first, last, batch;
};

// Draws windows of the pass's step: the same ones as a WindowSampler (agents/datasets/windows.h) of
// the pass's seed. On CUDA only.
Windows draw_windows(Tape& tape, const ResidentEpisodes& episodes, const WindowRows& rows,
                     std::int64_t context);

}  // namespace seqrl
