// What PyTorch computed with the same backbone: tests/oracle/make_backbone_fixtures.py.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "models/backbones/backbone.h"

namespace seqrl {

// Makes the backbone that a fixture's "config" describes.
using OracleFactory = std::function<std::unique_ptr<Backbone>(const nlohmann::json& config)>;

// Compares outputs, gradients and the losses of ten AdamW steps with tests/oracle/backbones/NAME
// .json, in float64 and float32, to 1e-5. Returns "" or the first disagreement.
std::string compare_with_oracle(const std::string& name, const OracleFactory& make);

}  // namespace seqrl
