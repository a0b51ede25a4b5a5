// A step graph is the acting step of an agent as a graph of operations: the agent writes it, and an
// exporter (tools/export) keeps it in a format that other programs run.
#pragma once

#include <cstdint>
#include <string>

#include "models/nn/layers.h"

namespace seqrl {

// Each function adds an operation. Layers and parameters are those of the agent that writes.
class StepGraph {
 public:
  // A result by its name: float32 (rows, dim), but for timesteps. A row is an episode.
  using Value = std::string;

  virtual ~StepGraph() = default;

  // What the step is given, each taken at most once. The observation is as the environment gives
  // it, or as the agent's Normalization() makes it.
  enum class Scale { environment, normalized };
  virtual Value observation(Scale scale) = 0;
  // The return still to be reached, divided by `scale`: (rows, 1).
  virtual Value return_to_go(double scale) = 0;
  // The action before, in [−1, 1] or one-hot; of no meaning at timestep 0.
  virtual Value previous_action() = 0;
  // The timestep, integers (rows): 0 begins an episode. And the one before it, 0 at timestep 0.
  virtual Value timestep() = 0;
  virtual Value timestep_before() = 0;

  // A layer with its activation; the rows of a parameter (count, dim) at `index`, integers (rows).
  virtual Value linear(const Value& x, const Linear& layer) = 0;
  virtual Value layer_norm(const Value& x, const LayerNorm& layer) = 0;
  virtual Value embedding(const Parameter& table, const Value& index) = 0;
  virtual Value add(const Value& a, const Value& b) = 0;
  virtual Value tanh(const Value& x) = 0;
  // The first `count` of x's numbers.
  virtual Value first(const Value& x, std::int64_t count) = 0;

  // The backbone of the agent's config, a token a call; its state goes in and comes out with the
  // step. There is none where it has no such form: attention without a window, whose memory grows,
  // or a user's own.
  virtual bool has_backbone() const = 0;
  virtual Value backbone(const Value& token) = 0;
  // The same where the output is not needed, only what the state becomes.
  virtual void advance_backbone(const Value& token) = 0;
  // Rows at timestep 0 go on from the initial state, whatever they remembered.
  virtual void restart_backbone() = 0;

  // What the step gives, once and last: the action, from numbers in [−1, 1] or from logits.
  virtual void action(const Value& x) = 0;
};

}  // namespace seqrl
