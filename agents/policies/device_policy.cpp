#include "agents/policies/device_policy.h"

#include <algorithm>
#include <utility>

namespace seqrl {
namespace {

std::vector<Upload::Part> parts(const AgentSpec& spec, std::int64_t rows,
                                std::vector<Upload::Part> more) {
  more.insert(more.begin(),
              {{{rows, 1, spec.observation_dim}, DType::f32}, {{rows, 1, 1}, DType::f32}});
  // The choices, which the host makes, come last.
  if (spec.action_choices > 0) more.push_back({{rows, 1, spec.action_width()}, DType::f32});
  return more;
}

}  // namespace

DevicePolicy::DevicePolicy(const Agent& agent, Device device,
                           std::span<const double> target_returns, double return_scale,
                           std::vector<Upload::Part> more)
    : agent_(agent),
      return_scale_(return_scale),
      returns_to_go_(target_returns.begin(), target_returns.end()),
      chosen_(kFirstOwn + more.size()),
      upload_(parts(agent.spec(), rows(), std::move(more)), device),
      memory_(static_cast<std::size_t>(rows() * agent.spec().action_width()) * sizeof(float),
              device),
      actions_(memory_.data(), {rows(), 1, agent.spec().action_width()}, DType::f32, device),
      result_(memory_.bytes(), device),
      decoder_(agent.action_scale()),
      outputs_(static_cast<std::size_t>(actions_.size())),
      tape_(device) {
  decoder_.begin(rows());
}

void DevicePolicy::begin_act(std::span<const double> observations,
                             std::span<const double> rewards) {
  const auto dim = static_cast<std::size_t>(agent_.spec().observation_dim);
  SEQRL_CHECK(rewards.size() == returns_to_go_.size() &&
              observations.size() == rewards.size() * dim);
  const std::int64_t timestep = timestep_++;
  const std::span<float> seen = upload_.on_host<float>(kObservations),
                         scaled = upload_.on_host<float>(kReturnsToGo);
  for (std::size_t row = 0; row < rewards.size(); ++row) {
    if (timestep > 0) returns_to_go_[row] -= rewards[row];
    scaled[row] = static_cast<float>(returns_to_go_[row] / return_scale_);
    agent_.normalization().apply(observations.data() + row * dim, seen.data() + row * dim);
  }
  const bool chooses = agent_.spec().action_choices > 0;
  if (chooses) std::ranges::copy(outputs_, upload_.on_host<float>(chosen_).begin());
  write(timestep, upload_);
  upload_.send();
  pass_.run(runtime_of(tape_.device()), same_work_each_step(timestep), [&] {
    tape_.begin({});
    const Tensor& previous = chooses ? upload_.on_device(chosen_) : actions_;
    copy(predict(tape_, timestep, upload_, previous).reshaped(actions_.shape()), actions_);
  });
  result_.queue_read(actions_);
}

void DevicePolicy::read_actions(std::span<double> actions) {
  std::ranges::copy(result_.values<float>(), outputs_.begin());
  decoder_.decode(outputs_, actions);
}

}  // namespace seqrl
