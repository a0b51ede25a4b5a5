// The minGRU backbone.
#pragma once

#include "models/backbones/min_mixer.h"

namespace seqrl {

struct MinGruConfig : MinRnnConfig {};

// Stacked minGRU: z = σ(k), h_t = (1 − z) ⊙ h_{t−1} + z ⊙ h̃; the forget bias lowers z.
// Source: Feng et al., arXiv 2410.01201v3.
class MinGru : public MinRnn {
 public:
  MinGru(Module* parent, std::string name, const MinGruConfig& config);
};

}  // namespace seqrl
