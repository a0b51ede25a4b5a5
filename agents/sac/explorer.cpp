#include "agents/sac/explorer.h"

#include <algorithm>

#include "models/core/to_tensor.h"
#include "models/ops/gaussian.h"

namespace seqrl {
namespace {

Tensor whole(const Storage& storage) {
  const auto size = static_cast<std::int64_t>(storage.bytes() / sizeof(float));
  return {storage.data(), {size}, DType::f32, storage.device()};
}

// `count` of its numbers, from `first` on, as a row.
Tensor row_of(const Storage& storage, std::int64_t first, std::int64_t count) {
  return {whole(storage).data<float>() + first, {1, count}, DType::f32, storage.device()};
}

}  // namespace

Explorer::Explorer(const GaussianActor& actor, Device device, const PackedWeights* weights)
    : actor_(actor),
      given_(
          static_cast<std::size_t>(actor.problem().observation_dim + actor.problem().action_dim)),
      drawn_(static_cast<std::size_t>(actor.problem().action_dim + 1)),
      given_buffer_(given_.size() * sizeof(float), device),
      drawn_buffer_(drawn_.size() * sizeof(float), device),
      tape_(device) {
  tape_.set_packed_weights(weights);
}

double Explorer::draw(std::span<const double> observation, Random& random,
                      std::span<double> action) {
  const auto noise = std::ranges::transform(observation, given_.begin(), [](double x) {
                       return static_cast<float>(x);
                     }).out;
  std::generate(noise, given_.end(), [&] { return static_cast<float>(random.normal()); });
  write<float>(given_, whole(given_buffer_));
  if (tape_.device() == Device::cuda) {
    pass_.ask(runtime_of(Device::cuda), true, [this] { forward(); });
  } else {
    forward();
  }
  read<float>(whole(drawn_buffer_), drawn_);
  std::copy(drawn_.begin(), drawn_.end() - 1, action.begin());
  return static_cast<double>(drawn_.back());
}

void Explorer::forward() {
  const std::int64_t observation_dim = actor_.problem().observation_dim;
  const std::int64_t action_dim = actor_.problem().action_dim;
  tape_.begin({});
  const Tensor observation = copy_on(tape_, row_of(given_buffer_, 0, observation_dim));
  const Tensor noise = copy_on(tape_, row_of(given_buffer_, observation_dim, action_dim));
  const auto [action, log_probability] = squashed_gaussian(actor_.distribution(observation), noise);
  copy(action, row_of(drawn_buffer_, 0, action_dim));
  copy(log_probability, row_of(drawn_buffer_, action_dim, 1));
}

}  // namespace seqrl
