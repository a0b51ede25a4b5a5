// The Mamba backbone.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/backbones/backbone.h"
#include "models/backbones/causal_conv.h"
#include "models/backbones/config.h"
#include "models/nn/layers.h"

namespace seqrl {

struct MambaConfig : BackboneConfig {
  std::int64_t expand = 2;    // the selective scan runs at inner = expand · dim channels
  std::int64_t d_state = 16;  // components of a channel's state
  std::int64_t d_conv = 4;    // kernel of the causal convolution
  std::int64_t mlp = 0;       // the MLP's hidden size over dim; 0 = no MLP

  void fields(Fields& field);
};

// Selective state space layers (Gu & Dao, arXiv 2312.00752, section 3.4 and appendix E.2; with the
// initial values of the authors' code):
//   x, z = in_proj(u);  x = silu(conv(x));  dt, B, C = x_proj(x);
//   out_proj(selective_scan(x, dt_proj(dt), A, B, C, D) ⊙ silu(z)),
// dt being of rank ⌈dim/16⌉.
class MambaLayer : public Module {
 public:
  MambaLayer(Module* parent, std::string name, const MambaConfig& config);

  // Adds what a sequence's state holds: the states of the scan, and the convolution's window.
  void begin(State& state) const;

  // x (batch, time, dim) → the same shape; with a layer's tensors of a state, its continuation.
  Tensor forward(const Tensor& x, const Tensor* remembered) const;

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

// Pre-norm residual blocks, x += dropout(mamba(norm(x))) and, with an MLP, x += dropout(mlp(norm(
// x))), then a last norm.
class Mamba : public Backbone {
 public:
  Mamba(Module* parent, std::string name, const MambaConfig& config);

  std::int64_t dim() const override { return dim_; }
  State initial_state(std::int64_t batch) const override;
  Tensor forward(const Tensor& x, State* state = nullptr) const override;

 private:
  struct Block : Module {
    Block(Module* parent, std::string name, const MambaConfig& config);
    Tensor forward(const Tensor& x, const Tensor* remembered, double dropout) const;
    LayerNorm norm;
    MambaLayer mixer;
    std::unique_ptr<LayerNorm> mlp_norm;
    std::unique_ptr<Mlp> mlp;
  };

  std::int64_t dim_;
  double dropout_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<LayerNorm> norm_;  // made after the blocks: the order of a checkpoint
};

}  // namespace seqrl
