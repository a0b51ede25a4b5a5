// Actions as networks see them: an environment's box as [−1, 1], a choice as one-hot.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seqrl {

// Maps the box [low, high] of an environment's actions to the [−1, 1] that agents act in, per
// dimension, and back. The box ±1 is left as it is, bit for bit. A dimension whose low is its high
// is 0 to an agent.
//
// Or maps a choice, one number 0 … n − 1 to an environment, to the n numbers of an agent, of which
// that one is 1 and the others are 0.
class ActionScale {
 public:
  ActionScale() = default;  // of no box: leaves actions as they are
  // Both of one size, finite, low ≤ high.
  ActionScale(std::span<const double> low, std::span<const double> high);

  // Of this many choices, at least 1.
  static ActionScale of_choices(int count);

  // How many choices there are, 0 for a box.
  int choices() const { return choices_; }
  // How many numbers an agent has for `dim` of an environment's.
  std::int64_t agent_dim(std::int64_t dim) const { return choices_ > 0 ? dim * choices_ : dim; }

  // To [−1, 1], or to one-hot: whole actions, row-major. What lies outside the box goes to its
  // edge, as an environment clips it and a tanh gives no more; an index that is none becomes zeros.
  void to_agent(std::span<const float> actions, std::span<float> scaled) const;

  // To the environment's units, within its box, rounded to float32, so that a recording says what
  // was played; in place. Of a box only: agents/policies/action_decoder.h chooses.
  void to_environment(std::span<double> actions) const;

  // What the logarithm of an action's density in the environment's units has more than in the
  // agent's: −Σ ln ((high − low) / 2). A dimension without width has no density.
  double log_density() const { return log_density_; }

 private:
  bool scales() const { return !half_.empty(); }

  std::vector<double> low_, high_;                        // empty: no box
  std::vector<double> center_, half_, lowest_, highest_;  // empty: the box is ±1
  double log_density_ = 0;
  int choices_ = 0;  // 0: a box, or none
};

}  // namespace seqrl
