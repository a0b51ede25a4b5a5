#include "agents/offline/window_objective.h"

#include <algorithm>

#include "models/core/to_tensor.h"

namespace seqrl {

Windows windows_on(Tape& tape, const Batch& batch, const Shard& shard) {
  const std::int64_t rows = shard.size(), context = batch.context;
  const std::int64_t first = shard.first * context;
  Windows windows{
      .observations = to_tensor(tape, batch.observations.data() + first * batch.observation_dim,
                                {rows, context, batch.observation_dim}, DType::f32),
      .actions = to_tensor(tape, batch.actions.data() + first * batch.action_dim,
                           {rows, context, batch.action_dim}, DType::f32),
      .returns_to_go =
          to_tensor(tape, batch.returns_to_go.data() + first, {rows, context, 1}, DType::f32),
      .timesteps = tape.constant({rows, context}, DType::i32),
      .mask = to_tensor(tape, batch.mask.data() + first, {rows, context}, DType::f32),
      .count = {}};
  std::copy_n(batch.timesteps.data() + first, rows * context,
              windows.timesteps.data<std::int32_t>());
  return windows;
}

WindowObjective::WindowObjective(const OfflineAgent& agent, const Trajectories& data,
                                 const WindowObjectiveOptions& options)
    : agent_(agent),
      options_(options),
      sampler_(data, options.context, agent.data_scale(), options.seed) {
  if (options.device == Device::cuda) {
    on_device_ = std::make_unique<DatasetOnDevice>(data, agent.data_scale(), options.device);
  } else {
    batch_ = std::make_unique<Batch>(sampler_.make_batch(options.batch));
  }
}

void WindowObjective::begin_step(std::int64_t step) {
  if (on_device_) return;
  step_ = step;
  std::int64_t timesteps = 0;
  for (std::int64_t row = 0; row < options_.batch; ++row) {
    timesteps += sampler_.window(static_cast<std::uint64_t>(step), row).length;
  }
  timesteps_ = static_cast<double>(timesteps);
}

Tensor WindowObjective::loss(Tape& tape, const Shard& shard) {
  if (on_device_) {
    SEQRL_CHECK(tape.pass().seed == options_.seed);
    const Windows windows = draw_windows(
        tape, on_device_->episodes(), {shard.first, shard.last, options_.batch}, options_.context);
    return agent_.loss(windows, windows.count);
  }
  sampler_.fill(static_cast<std::uint64_t>(step_), shard.first, shard.last, *batch_);
  return agent_.loss(windows_on(tape, *batch_, shard), timesteps_);
}

}  // namespace seqrl
