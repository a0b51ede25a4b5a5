// The GRU backbone.
#pragma once

#include <string>

#include "models/backbones/recurrent_mixer.h"

namespace seqrl {

struct GruConfig : RecurrentConfig {};

// Residual blocks around a GRU (models/ops/recurrent.h) and its projection back to dim. Initial
// values as in PyTorch: U(±1/√hidden), including biases.
class Gru : public ResidualBackbone {
 public:
  Gru(Module* parent, std::string name, const GruConfig& config);
  std::int64_t sequences_at_once() const override { return kSequencesAtOnce; }
};

}  // namespace seqrl
