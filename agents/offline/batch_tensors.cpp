#include "agents/offline/batch_tensors.h"

#include <algorithm>

#include "models/core/to_tensor.h"

namespace seqrl {

BatchTensors::BatchTensors(Tape& tape, const Batch& batch, const Shard& shard, DType dtype) {
  const std::int64_t rows = shard.size(), context = batch.context;
  const std::int64_t first = shard.first * context;
  observations = to_tensor(tape, batch.observations.data() + first * batch.observation_dim,
                           {rows, context, batch.observation_dim}, dtype);
  actions = to_tensor(tape, batch.actions.data() + first * batch.action_dim,
                      {rows, context, batch.action_dim}, dtype);
  returns_to_go = to_tensor(tape, batch.returns_to_go.data() + first, {rows, context, 1}, dtype);
  mask = to_tensor(tape, batch.mask.data() + first, {rows, context}, dtype);
  timesteps = tape.constant({rows, context}, DType::i32);
  std::copy_n(batch.timesteps.data() + first, rows * context, timesteps.data<std::int32_t>());
}

}  // namespace seqrl
