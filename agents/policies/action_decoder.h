// An action decoder turns what a network gives for a group of episodes into actions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agents/datasets/action_scale.h"

namespace seqrl {

// Numbers in [−1, 1] become those of the environment's box. Logits become the index of the
// likeliest choice, the first of equals, or of one that is drawn. Allocates nothing but in begin()
// and sample().
class ActionDecoder {
 public:
  // Keeps a reference to `scale`.
  explicit ActionDecoder(const ActionScale& scale) : scale_(&scale) {}

  // Begins this many episodes.
  void begin(std::int64_t episodes);

  // Draws the choices of the episodes that have begun, which bear these numbers: the choice of
  // episode e at timestep t is a function of (seed, e, t) and of its logits. Of no effect on boxes.
  void sample(std::uint64_t seed, std::span<const std::uint32_t> episodes);
  // The same after every begin(), for the episodes first, first + 1, ….
  void sample_from(std::uint64_t seed, std::uint32_t first);

  // The actions of the current timestep, in the environment's units:
  //   outputs  (episodes, agent_dim), what the network gave; logits become the one-hot of what was
  //            chosen, which is what the network is told of it
  //   actions  (episodes, action_dim), written
  // Where a logit is NaN, so is the action: an environment rejects it.
  void decode(std::span<float> outputs, std::span<double> actions);

  // Goes on with these episodes only, in this order; `rows` ascend.
  void keep(std::span<const std::int64_t> rows);

  // The logarithms of the latest actions' probabilities, (episodes): 0 where they were not drawn.
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
  std::vector<std::uint32_t> episodes_;  // numbers; empty: the likeliest are chosen
  std::vector<double> log_probabilities_;
  std::uint64_t timestep_ = 0;
};

}  // namespace seqrl
