#include "agents/sac/explorer.h"

#include <algorithm>

#include "models/ops/gaussian.h"

namespace seqrl {
namespace {

// `count` of a row's numbers, starting at `first`.
Tensor part_of(const Tensor& row, std::int64_t first, std::int64_t count) {
  return {row.data<float>() + first, {1, count}, DType::f32, row.device()};
}

}  // namespace

Explorer::Transfer::Transfer(std::int64_t observation_dim, std::int64_t action_dim)
    : given({{{1, observation_dim}, DType::f32}, {{1, action_dim}, DType::f32}}, Device::cuda),
      drawn(static_cast<std::size_t>(action_dim + 1) * sizeof(float), Device::cuda) {}

Explorer::Explorer(const GaussianActor& actor, Device device, const PackedWeights* weights)
    : actor_(actor), tape_(device) {
  const std::int64_t observation_dim = actor.spec().observation_dim;
  const std::int64_t action_dim = actor.spec().action_dim;
  const std::int64_t size = observation_dim + 2 * action_dim + 1;
  memory_ = Storage(static_cast<std::size_t>(size) * sizeof(float), device);
  const Tensor all(memory_.data(), {1, size}, DType::f32, device);
  observation_ = part_of(all, 0, observation_dim);
  noise_ = part_of(all, observation_dim, action_dim);
  drawn_ = part_of(all, observation_dim + action_dim, action_dim + 1);
  tape_.set_packed_weights(weights);
  if (device == Device::cpu) return;
  transfer_ = std::make_unique<Transfer>(observation_dim, action_dim);
  observation_ = transfer_->given.on_device(0);
  noise_ = transfer_->given.on_device(1);
}

double Explorer::draw(std::span<const double> observation, Random& random,
                      std::span<double> action) {
  const auto give = [&](std::span<float> row, std::span<float> noise) {
    std::ranges::transform(observation, row.begin(),
                           [](double x) { return static_cast<float>(x); });
    for (float& x : noise) x = static_cast<float>(random.normal());
  };
  std::span<const float> drawn;
  if (transfer_) {
    give(transfer_->given.on_host<float>(0), transfer_->given.on_host<float>(1));
    transfer_->given.send();
    transfer_->pass.run(runtime_of(Device::cuda), true, [this] { forward(); });
    transfer_->drawn.queue_read(drawn_);
    drawn = transfer_->drawn.values<float>();
  } else {
    give(observation_.span<float>(), noise_.span<float>());
    forward();
    drawn = drawn_.span<float>();
  }
  std::copy(drawn.begin(), drawn.end() - 1, action.begin());
  actor_.action_scale().to_environment(action);
  return static_cast<double>(drawn.back()) + actor_.action_scale().log_density();
}

void Explorer::forward() {
  tape_.begin({});
  const auto [action, log_probability] = squashed_gaussian(
      actor_.distribution(tape_.constant_at(observation_)), tape_.constant_at(noise_));
  copy(action, part_of(drawn_, 0, action.size()));
  copy(log_probability, part_of(drawn_, action.size(), 1));
}

}  // namespace seqrl
