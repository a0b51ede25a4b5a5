// A backbone that averages its inputs, with weights that halve per token.
#pragma once

#include <string>

#include "models/backbones/residual.h"

namespace seqrl {

struct ToyAverageConfig : BackboneConfig {
  std::int64_t mlp = 4;
  void fields(Fields& field);
};

// Residual blocks around h_t = (h_{t−1} + v_t) / 2, v = W x + b.
class ToyAverage : public ResidualBackbone {
 public:
  ToyAverage(Module* parent, std::string name, const ToyAverageConfig& config);
};

}  // namespace seqrl
