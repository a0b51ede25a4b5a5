// A model card: the README.md that the Hugging Face hub shows for an exported agent.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"

namespace seqrl::tools {

struct ModelCard {
  std::string name;            // of the model: "hopper-min_gru-1"
  const TrainedAgent& agent;   // the content of model.safetensors
  const RunProgress& run;      // its progress and all scores
  bool best = false;           // the best checkpoint, with last.safetensors next to it
  std::string mujoco_version;  // used for training and evaluation
  // The other files: step.onnx, with its inputs besides the observation (OnnxPolicy); replay.mp4,
  // eval.json.
  std::optional<std::vector<std::string>> onnx = {};
  bool video = false, evaluated = false;
};

// README.md: the hub's header (tags, metrics, model-index) and a text with the scores and how to
// use the files. Source: huggingface.co/docs/hub/model-cards.
std::string to_markdown(const ModelCard& card);

}  // namespace seqrl::tools
