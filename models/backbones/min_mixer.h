// The mixer of minGRU and minLSTM backbones: projections, a min cell, and the projection back.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "models/backbones/causal_conv.h"
#include "models/backbones/residual.h"
#include "models/ops/scan.h"

namespace seqrl {

struct MinRnnConfig : BackboneConfig {
  std::string state = "positive";  // or signed: how the candidate is computed from its projection
  std::int64_t expansion = 1;      // the recurrence runs at expansion · dim
  double forget_bias = 0;          // initially the cell keeps a share σ(forget_bias) of its state
  std::int64_t conv = 0;           // kernel of a causal convolution before the cell; 0 = none
  std::int64_t mlp = 4;            // the MLP's hidden size over dim; 0 = no MLP
  bool learned_h0 = false;         // learn the first hidden state, initially zeros

  void fields(Fields& field);
};

// The differences between the cells.
struct MinCellKind {
  std::int64_t projections;  // per token: gates, then the candidate
  // For each gate: +1 if the open gate keeps the state, −1 if it overwrites the state.
  std::array<double, 2> keep_signs;
  Tensor (*scan)(const Tensor& gates, const Tensor& h0, CandidateState state);
};

// down(cell([conv](x))), conv being optional: section 4 of Feng et al., arXiv 2410.01201v3.
class MinMixer : public Mixer {
 public:
  MinMixer(Module* parent, const MinRnnConfig& config, const MinCellKind& kind);

  // The hidden state and, with a convolution, its window.
  void add_state(State& state) const override;
  Tensor mix(const Tensor& x, State* state, int layer) const override;
  Tensor project(const Tensor& mixed) const override;

 private:
  CandidateState state_;
  MinCellKind kind_;
  std::unique_ptr<Parameter> h0_;  // (inner), when learned
  std::unique_ptr<CausalConv> conv_;
  Linear gates_;  // dim → projections · inner
  Linear down_;   // inner → dim
};

// Residual blocks around a MinMixer.
class MinRnn : public ResidualBackbone {
 protected:
  MinRnn(Module* parent, std::string name, const MinRnnConfig& config, const MinCellKind& kind);
};

}  // namespace seqrl
