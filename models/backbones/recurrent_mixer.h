// The mixer of GRU and LSTM backbones: projections, the cell, and the projection back.
#pragma once

#include <cstdint>
#include <string>

#include "models/backbones/limits.h"
#include "models/backbones/residual.h"

namespace seqrl {

struct RecurrentConfig : BackboneConfig {
  std::int64_t expansion = 1;
  std::int64_t mlp = 4;

  void fields(Fields& field) {
    BackboneConfig::fields(field);
    field("expansion", expansion, "hidden size of the recurrence relative to dim",
          in_range(1, kMaxExpansion));
    field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP",
          in_range(0, kMaxExpansion));
  }
};

// Each token's product of the states with the weights takes only a little longer for this many
// sequences than for one.
inline constexpr std::int64_t kSequencesAtOnce = 8;

// down(cell(inputs(x))): projections of all tokens, the recurrence, and the projection back to dim.
class RecurrentMixer : public Mixer {
 public:
  // `forget_bias` is added to the initial input bias of the second gate, the LSTM's forget gate.
  RecurrentMixer(Module* parent, std::string name, std::int64_t gates,
                 const RecurrentConfig& config, double forget_bias = 0);

  // One state for a GRU (three gates); two, h and c, for an LSTM (four gates).
  void add_state(State& state) const override;
  Tensor mix(const Tensor& x, State* state, int layer) const override;
  Tensor project(const Tensor& mixed) const override;

 private:
  std::int64_t gates_, hidden_;
  Linear inputs_;
  Parameter weight_, bias_;  // of the recurrence
  Linear down_;
};

}  // namespace seqrl
