// A shard's rows of a batch as tensors on its tape.
#pragma once

#include "agents/datasets/windows.h"
#include "models/core/tape.h"
#include "models/training/trainer.h"

namespace seqrl {

struct BatchTensors {
  Tensor observations;   // (rows, context, observation_dim)
  Tensor actions;        // (rows, context, action_dim)
  Tensor returns_to_go;  // (rows, context, 1)
  Tensor timesteps;      // (rows, context) int32
  Tensor mask;           // (rows, context)

  BatchTensors(Tape& tape, const Batch& batch, const Shard& shard, DType dtype);
};

}  // namespace seqrl
