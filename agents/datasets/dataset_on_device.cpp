#include "agents/datasets/dataset_on_device.h"

#include "agents/datasets/windows.h"

namespace seqrl {

template <typename T>
Tensor DatasetOnDevice::keep(std::span<const T> values, Shape shape, Device device) {
  Storage& storage = storage_.emplace_back(values.size_bytes(), device, Storage::Fill::none);
  const Tensor tensor(storage.data(), shape, dtype_of<T>(), device);
  write<T>(values, tensor);
  return tensor;
}

DatasetOnDevice::DatasetOnDevice(const Trajectories& data, const DataScale& scale, Device device) {
  const auto transitions = static_cast<std::size_t>(data.transitions());
  const auto observation_dim = static_cast<std::size_t>(data.observation_dim());
  std::vector<float> observations(transitions * observation_dim), returns_to_go(transitions),
      actions(static_cast<std::size_t>(scale.actions.agent_dim(std::ssize(data.actions()))));
  scale.actions.to_agent(data.actions(), actions);
  for (std::size_t i = 0; i < transitions; ++i) {
    scale.observations.apply(data.observations().data() + i * observation_dim,
                             observations.data() + i * observation_dim);
    returns_to_go[i] = static_cast<float>(data.returns_to_go()[i] * (1 / scale.returns));
  }
  std::vector<std::int32_t> timesteps(transitions), remaining(transitions);
  for (const Episode& episode : data.episodes()) {
    for (std::int64_t t = 0; t < episode.length; ++t) {
      const auto i = static_cast<std::size_t>(episode.begin + t);
      timesteps[i] = static_cast<std::int32_t>(t);
      remaining[i] = static_cast<std::int32_t>(episode.length - t);
    }
  }
  const std::int64_t n = data.transitions();
  episodes_ = {
      .observations = keep<float>(observations, {n, data.observation_dim()}, device),
      .actions = keep<float>(actions, {n, scale.actions.agent_dim(data.action_dim())}, device),
      .returns_to_go = keep<float>(returns_to_go, {n}, device),
      .timesteps = keep<std::int32_t>(timesteps, {n}, device),
      .remaining = keep<std::int32_t>(remaining, {n}, device),
      .shares = window_shares(data)};
}

}  // namespace seqrl
