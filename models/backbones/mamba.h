// The Mamba backbone.
#pragma once

#include <string>

#include "models/backbones/causal_conv.h"
#include "models/backbones/residual.h"

namespace seqrl {

struct MambaConfig : BackboneConfig {
  std::int64_t expand = 2;    // the selective scan runs at inner = expand · dim channels
  std::int64_t d_state = 16;  // components of a channel's state
  std::int64_t d_conv = 4;    // kernel of the causal convolution
  // The initial Δ is log-uniform between these. 1/Δ is the memory, in tokens, of the slowest
  // component of a channel's state; the fastest forgets d_state times sooner.
  double dt_min = 0.001, dt_max = 0.1;
  std::int64_t mlp = 0;  // the MLP's hidden size over dim; 0 = no MLP

  void fields(Fields& field);
};

// A selective state space layer (Gu & Dao, arXiv 2312.00752, section 3.4 and appendix E.2), with
// the initial values of the authors' code:
//   x, z = in_proj(u);  x = silu(conv(x));  dt, B, C = x_proj(x);
//   out_proj(selective_scan(x, dt_proj(dt), A, B, C, D) ⊙ silu(z)),
// where dt has rank ⌈dim/16⌉.
class MambaMixer : public Mixer {
 public:
  MambaMixer(Module* parent, const MambaConfig& config);

  // The state of the scan, and the window of the convolution.
  void add_state(State& state) const override;
  Tensor mix(const Tensor& u, State* state, int layer) const override;
  Tensor project(const Tensor& mixed) const override;

 private:
  std::int64_t inner_, state_, rank_;
  Parameter in_proj_;  // (2 · inner, dim)
  CausalConv conv_;
  Parameter x_proj_;    // (rank + 2 · state, inner)
  Parameter dt_proj_;   // (inner, rank)
  Parameter dt_bias_;   // (inner)
  Parameter a_log_;     // (inner, state)
  Parameter d_;         // (inner)
  Parameter out_proj_;  // (dim, inner)
};

// Residual blocks around a selective state space layer.
class Mamba : public ResidualBackbone {
 public:
  Mamba(Module* parent, std::string name, const MambaConfig& config);
};

}  // namespace seqrl
