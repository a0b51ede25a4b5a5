// The LSTM backbone.
#pragma once

#include <string>

#include "models/backbones/recurrent_mixer.h"

namespace seqrl {

struct LstmConfig : RecurrentConfig {
  double forget_bias = 0;

  void fields(Fields& field) {
    RecurrentConfig::fields(field);
    field("forget_bias", forget_bias, "added to the initial bias of the forget gate");
  }
};

// Residual blocks around an LSTM (models/ops/recurrent.h) and its projection back to dim. Initial
// values as in PyTorch: U(±1/√hidden), including biases.
class Lstm : public ResidualBackbone {
 public:
  Lstm(Module* parent, std::string name, const LstmConfig& config);
  std::int64_t sequences_at_once() const override { return kSequencesAtOnce; }
};

}  // namespace seqrl
