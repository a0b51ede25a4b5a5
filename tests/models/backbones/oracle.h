// PyTorch's results for the same backbone: tests/oracle/make_backbone_fixtures.py.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "models/backbones/backbone.h"

namespace seqrl {

// Makes the backbone described by a fixture's "config".
using OracleFactory = std::function<std::unique_ptr<Backbone>(const nlohmann::json& config)>;

// Compares outputs, gradients and the losses of ten AdamW steps with tests/oracle/backbones/NAME
// .json, in float64 and float32, to 1e-5. Returns "" or the first disagreement.
std::string compare_with_oracle(const std::string& name, const OracleFactory& make);

}  // namespace seqrl
