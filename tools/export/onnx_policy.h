// The acting step of an agent as an ONNX model.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"

namespace seqrl::tools {

struct OnnxPolicy {
  std::string file;                 // for any ONNX runtime
  std::vector<std::string> inputs;  // besides the observation, in words (Markdown)
};

// The agent's step (Agent::write_step) as ONNX. Nothing if the agent's kind or its backbone has no
// such form: backbones of plug-ins, and a Transformer without a window (window: 0).
//
// Inputs and outputs, for any number of rows (batch):
//   observation      float64 (batch, observation_dim), as the environment returns it
//   action           float32 (batch, action_dim), an output, in the environment's units; for
//                    discrete actions the index of the most likely one
//   logits           float32 (batch, choices), for discrete actions: another output
// and for a Decision Transformer, which acts as in `stream`:
//   return_to_go     float64 (batch, 1), unscaled: the target minus the rewards so far
//   previous_action  float32 (batch, action_dim), as it was output, ignored at timestep 0
//   timestep         int64 (batch), 0 in an episode's first step, where a row ignores its state and
//                    starts from zeros
//   state.LAYER.NAME float32 (batch, …), the previous output next.state.LAYER.NAME
std::optional<OnnxPolicy> to_onnx(const TrainedAgent& trained);

}  // namespace seqrl::tools
