// An action decoder converts a network's outputs for a group of episodes to actions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agents/datasets/action_scale.h"

namespace seqrl {

// Numbers in [−1, 1] are scaled to the environment's box. Logits become the index of the most
// likely choice (the first of equals) or of a sampled one. Allocates only in begin() and sample().
class ActionDecoder {
 public:
  // Keeps a reference to `scale`.
  explicit ActionDecoder(const ActionScale& scale) : scale_(&scale) {}

  // Begins this many episodes.
  void begin(std::int64_t episodes);

  // From here on, samples the choices of the episodes that have begun and have these numbers: the
  // choice of episode e at timestep t is a function of (seed, e, t) and of its logits. No effect on
  // boxes.
  void sample(std::uint64_t seed, std::span<const std::uint32_t> episodes);
  // The same after every begin(), for the episodes first, first + 1, ….
  void sample_from(std::uint64_t seed, std::uint32_t first);

  // The actions of the current timestep, in the environment's units:
  //   outputs  (episodes, agent_dim), from the network; logits are replaced by the one-hot of the
  //            choice, which the network receives as its previous action
  //   actions  (episodes, action_dim), written
  // If a logit is NaN, so is the action: an environment rejects it.
  void decode(std::span<float> outputs, std::span<double> actions);

  // Continues with only these episodes, in this order; `rows` ascend.
  void keep(std::span<const std::int64_t> rows);

  // The log probabilities of the latest actions, (episodes): 0 for actions that were not sampled.
  std::span<const double> log_probabilities() const { return log_probabilities_; }

 private:
  double choose(std::span<float> logits, std::size_t row);

  struct Draws {
    std::uint64_t seed;
    std::uint32_t first;
  };
  const ActionScale* scale_;
  std::optional<Draws> always_;          // of sample_from()
  std::uint64_t seed_ = 0;               // of sample()
  std::vector<std::uint32_t> episodes_;  // numbers; empty: the most likely are chosen
  std::vector<double> log_probabilities_;
  std::uint64_t timestep_ = 0;
};

}  // namespace seqrl
