// Actions as networks see them: an environment's box as [−1, 1], a choice as one-hot.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seqrl {

// Maps the box [low, high] of an environment's actions to the [−1, 1] in which agents act, per
// dimension, and back. The box ±1 is left as it is, bit for bit. A dimension with low = high is 0
// to an agent.
//
// Or maps a choice, one number 0 … n − 1 to an environment, to one-hot, n numbers to an agent.
class ActionScale {
 public:
  ActionScale() = default;  // without a box: leaves actions as they are
  // Both of one size, finite, low ≤ high.
  ActionScale(std::span<const double> low, std::span<const double> high);

  // For this many choices, at least 1.
  static ActionScale of_choices(int count);

  // The number of choices, 0 for a box.
  int choices() const { return choices_; }
  // The agent's action size for `dim` numbers of an environment's action.
  std::int64_t agent_dim(std::int64_t dim) const { return choices_ > 0 ? dim * choices_ : dim; }

  // To [−1, 1], or to one-hot: whole actions, row-major. Values outside the box are clipped, as an
  // environment does; a tanh cannot exceed it either. An invalid index becomes zeros.
  void to_agent(std::span<const float> actions, std::span<float> scaled) const;

  // To the environment's units, within its box, rounded to float32, so that a recording holds what
  // was played; in place. Only for a box: agents/policies/action_decoder.h handles choices.
  void to_environment(std::span<double> actions) const;

  // The log density of an action in the environment's units minus that in the agent's: −Σ ln ((high
  // − low) / 2). A dimension without width has no density.
  double log_density() const { return log_density_; }

 private:
  bool scales() const { return !half_.empty(); }

  std::vector<double> low_, high_;                        // empty: no box
  std::vector<double> center_, half_, lowest_, highest_;  // empty: the box is ±1
  double log_density_ = 0;
  int choices_ = 0;  // 0: a box, or none
};

}  // namespace seqrl
