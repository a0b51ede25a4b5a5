// What the minGRU and the minLSTM backbone have in common: everything around the cell.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/backbones/backbone.h"
#include "models/backbones/causal_conv.h"
#include "models/backbones/config.h"
#include "models/nn/layers.h"
#include "models/ops/scan.h"

namespace seqrl {

struct MinRnnConfig : BackboneConfig {
  std::string state = "positive";  // or signed: how the candidate comes from its projection
  std::int64_t expansion = 1;      // the recurrence runs at expansion · dim
  double forget_bias = 0;          // added to the initial bias of the gate that keeps the state
  std::int64_t conv = 0;           // kernel of a causal convolution before the cell; 0 = none
  std::int64_t mlp = 4;            // the MLP's hidden size over dim; 0 = no MLP
  bool learned_h0 = false;         // the first hidden state is learned, beginning at zeros

  void fields(Fields& field);
};

// What tells one cell from the other.
struct MinCellKind {
  std::int64_t projections;  // of a token: gates, then the candidate
  double keep_sign;          // +1: the first gate keeps the state when open; −1: it overwrites it
  Tensor (*scan)(const Tensor& gates, const Tensor& h0, CandidateState state);
};

// One residual block, as in section 4 of Feng et al., arXiv 2410.01201v3:
//   x += dropout(down(cell([conv](norm(x)))));   with an MLP: x += dropout(mlp(norm(x))).
class MinBlock : public Module {
 public:
  MinBlock(Module* parent, std::string name, const MinRnnConfig& config, const MinCellKind& kind);

  // Adds what this block, layer `layer`, remembers of sequences: as before their first token.
  void begin(State& state, int layer) const;

  // x (batch, time, dim) → the same shape; with the state, its continuation.
  Tensor forward(const Tensor& x, State* state, int layer) const;

 private:
  // The cell's own parameters, below one name.
  struct Cell : Module {
    Cell(Module* parent, const MinRnnConfig& config, const MinCellKind& kind);
    Linear gates;                   // dim → projections · inner
    std::unique_ptr<Parameter> h0;  // (inner), when learned
  };

  CandidateState state_;
  MinCellKind kind_;
  double dropout_;
  LayerNorm norm_;
  std::unique_ptr<CausalConv> conv_;
  Cell cell_;
  Linear down_;
  std::unique_ptr<LayerNorm> mlp_norm_;
  std::unique_ptr<Mlp> mlp_;
};

// Blocks and a last norm.
class MinRnn : public Backbone {
 public:
  std::int64_t dim() const override { return dim_; }
  State initial_state(std::int64_t batch) const override;
  Tensor forward(const Tensor& x, State* state = nullptr) const override;

 protected:
  MinRnn(Module* parent, std::string name, const MinRnnConfig& config, const MinCellKind& kind);

 private:
  std::int64_t dim_;
  std::vector<std::unique_ptr<MinBlock>> blocks_;
  std::unique_ptr<LayerNorm> norm_;  // made after the blocks: the order of a checkpoint
};

}  // namespace seqrl
