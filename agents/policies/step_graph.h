// A step graph is the acting step of an agent as a graph of operations. The agent writes it, and an
// exporter (tools/export) saves it in a format that other programs can run.
#pragma once

#include <cstdint>
#include <string>

#include "models/nn/layers.h"

namespace seqrl {

// Each function adds an operation. Layers and parameters are those of the agent that writes.
class StepGraph {
 public:
  // A result by its name: float32 (rows, dim), except timesteps. A row is an episode.
  using Value = std::string;

  virtual ~StepGraph() = default;

  // The inputs of the step, each taken at most once. The observation is as the environment gives
  // it, or scaled by the agent's Normalization().
  enum class Scale { environment, normalized };
  virtual Value observation(Scale scale) = 0;
  // The return still to be reached, divided by `scale`: (rows, 1).
  virtual Value return_to_go(double scale) = 0;
  // The previous action, in [−1, 1] or one-hot; undefined at timestep 0.
  virtual Value previous_action() = 0;
  // The timestep, integers (rows): 0 begins an episode. Then the previous timestep, 0 at timestep
  // 0.
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

  // The backbone of the agent's config, one token per call; its state is an input and output of the
  // step. False if it has no such form: attention without a window, whose memory grows, or a
  // user-defined backbone.
  virtual bool has_backbone() const = 0;
  virtual Value backbone(const Value& token) = 0;
  // The same if only the new state is needed, not the output.
  virtual void advance_backbone(const Value& token) = 0;
  // Rows at timestep 0 restart from the initial state and ignore their memory.
  virtual void restart_backbone() = 0;

  // The output of the step, written once, at the end: the action, from numbers in [−1, 1] or from
  // logits.
  virtual void action(const Value& x) = 0;
};

}  // namespace seqrl
