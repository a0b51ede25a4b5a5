// The minLSTM backbone.
#pragma once

#include "models/backbones/min_mixer.h"

namespace seqrl {

struct MinLstmConfig : MinRnnConfig {};

// Stacked minLSTM: h_t = f/(f + i) ⊙ h_{t−1} + i/(f + i) ⊙ h̃; the forget bias raises f.
// Source: Feng et al., arXiv 2410.01201v3.
class MinLstm : public MinRnn {
 public:
  MinLstm(Module* parent, std::string name, const MinLstmConfig& config);
};

}  // namespace seqrl
