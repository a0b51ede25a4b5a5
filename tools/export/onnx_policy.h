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

// What the agent writes of its step (Agent::write_step); nothing where it has no such form, by its
// kind or by its backbone (a Transformer).
//
// What goes in and out, for any number of rows (batch):
//   observation      float64 (batch, observation_dim), as the environment gives it
//   action           float32 (batch, action_dim), the result, in the environment's units; of
//                    choices the index of the likeliest
//   logits           float32 (batch, choices), where there are choices: another result
// and of a Decision Transformer, which acts as in `stream`:
//   return_to_go     float64 (batch, 1), unscaled: the target less the rewards so far
//   previous_action  float32 (batch, action_dim), as it came out, ignored at timestep 0
//   timestep         int64 (batch), 0 in an episode's first step: a row begins anew there, whatever
//                    its state is
//   state.LAYER.NAME float32 (batch, …), what came out as next.state.LAYER.NAME
std::optional<OnnxPolicy> to_onnx(const TrainedAgent& trained);

}  // namespace seqrl::tools
