#include "agents/offline/decision_transformer_device_policy.h"

#include <algorithm>

#include "agents/offline/decision_transformer_policy.h"
#include "models/core/to_tensor.h"
#include "models/ops/tokens.h"

namespace seqrl {
namespace {

std::vector<Upload::Part> stream_parts(std::int64_t rows) {
  return {{{rows, 3}, DType::i32}};
}

std::vector<Upload::Part> window_parts(std::int64_t rows, std::int64_t context) {
  const Upload::Part window{{rows, context}, DType::i32};
  return {window, window, window, {{rows}, DType::i32}};
}

}  // namespace

DeviceStreamPolicy::DeviceStreamPolicy(const DecisionTransformerNetwork& agent, Device device,
                                       std::span<const double> target_returns)
    : DevicePolicy(agent, device, target_returns, agent.return_scale(),
                   stream_parts(std::ssize(target_returns))),
      agent_(agent),
      state_(agent.backbone().initial_state(rows())) {}

void DeviceStreamPolicy::write(std::int64_t timestep, Upload& upload) {
  agent_.require_known(timestep);
  write_timesteps(timestep, upload.on_host<std::int32_t>(kTimesteps));
}

Tensor DeviceStreamPolicy::predict(Tape& tape, std::int64_t timestep, const Upload& sent,
                                   const Tensor& previous_actions) {
  const Tensor all = sent.on_device(kTimesteps);
  const bool first = timestep == 0;  // two tokens
  return agent_.predict_next(
      first ? Tensor() : copy_on(tape, previous_actions),
      tape.constant_at(sent.on_device(kReturnsToGo)),
      tape.constant_at(sent.on_device(kObservations)),
      tape.constant_at(first ? Tensor(all.raw(), {rows(), 2}, DType::i32, all.device()) : all),
      state_);
}

DeviceWindowPolicy::History::History(std::int64_t rows, std::int64_t context, std::int64_t dim,
                                     Device device)
    : memory(static_cast<std::size_t>(rows * context * dim) * sizeof(float), device),
      steps(memory.data(), {rows, context, dim}, DType::f32, device) {}

DeviceWindowPolicy::DeviceWindowPolicy(const DecisionTransformerNetwork& agent, Device device,
                                       std::span<const double> target_returns)
    : DevicePolicy(agent, device, target_returns, agent.return_scale(),
                   window_parts(std::ssize(target_returns), agent.spec().context)),
      agent_(agent),
      returns_(rows(), agent.spec().context, 1, device),
      observations_(rows(), agent.spec().context, agent.spec().observation_dim, device),
      actions_(rows(), agent.spec().context, agent.spec().action_width(), device) {}

// The current timestep is at place `context − 1`; for the actions, this is the previous timestep.
// Later places are padding and may hold anything.
void DeviceWindowPolicy::write(std::int64_t timestep, Upload& upload) {
  agent_.require_known(timestep);
  const std::int64_t context = agent_.spec().context;
  const std::int64_t count = std::min(timestep + 1, context);
  const std::span<std::int32_t> places = upload.on_host<std::int32_t>(kPlaces),
                                action_places = upload.on_host<std::int32_t>(kActionPlaces),
                                timesteps = upload.on_host<std::int32_t>(kTimesteps),
                                answers = upload.on_host<std::int32_t>(kAnswers);
  for (std::int64_t row = 0, at = 0; row < rows(); ++row) {
    const auto place = [&](std::int64_t i) {
      return static_cast<std::int32_t>(row * context + std::min(i, context - 1));
    };
    for (std::int64_t i = 0; i < context; ++i, ++at) {
      const auto to = static_cast<std::size_t>(at);
      places[to] = place(context - count + i);
      action_places[to] = place(context - count + i + 1);
      timesteps[to] = static_cast<std::int32_t>(std::min(timestep + 1 - count + i, timestep));
    }
    answers[static_cast<std::size_t>(row)] =
        DecisionTransformerNetwork::observation_token(place(count - 1));
  }
}

Tensor DeviceWindowPolicy::predict(Tape& tape, std::int64_t, const Upload& sent,
                                   const Tensor& previous_actions) {
  shift_window(returns_.steps, sent.on_device(kReturnsToGo));
  shift_window(observations_.steps, sent.on_device(kObservations));
  shift_window(actions_.steps, previous_actions);
  const auto window = [](const History& history, const Tensor& places) {
    const Shape& shape = history.steps.shape();
    return embedding(history.steps.reshaped({shape[0] * shape[1], shape[2]}), places);
  };
  const Tensor places = tape.constant_at(sent.on_device(kPlaces));
  return agent_.predict_at(sent.on_device(kAnswers), window(returns_, places),
                           window(observations_, places),
                           window(actions_, tape.constant_at(sent.on_device(kActionPlaces))),
                           tape.constant_at(sent.on_device(kTimesteps)));
}

}  // namespace seqrl
