#include "agents/batch_tensors.h"

#include <algorithm>

namespace seqrl {

template <typename From>
Tensor to_tensor(Tape& tape, const From* values, Shape shape, DType dtype) {
  const Tensor tensor = tape.constant(shape, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    std::transform(values, values + tensor.size(), tensor.data<T>(),
                   [](From value) { return static_cast<T>(value); });
  });
  return tensor;
}
template Tensor to_tensor(Tape&, const float*, Shape, DType);
template Tensor to_tensor(Tape&, const double*, Shape, DType);

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
