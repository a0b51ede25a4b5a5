// A residual backbone: blocks with norms around layers that mix tokens.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/backbones/backbone.h"
#include "models/backbones/config.h"
#include "models/nn/layers.h"

namespace seqrl {

// A layer that mixes tokens: its outputs also depend on earlier tokens. A cell with its
// projections, or attention.
class Mixer : public Module {
 public:
  using Module::Module;

  // Adds a layer to the state: zeros, or this mixer's state before the first token.
  virtual void add_state(State& state) const = 0;

  // x (batch, time, dim) → (batch, time, inner), causal. With a state: continues from the state's
  // layer `layer` and updates that layer.
  virtual Tensor mix(const Tensor& x, State* state, int layer) const = 0;

  // The projection back to the size of a token: mixed (batch, any, inner) → (batch, any, dim).
  virtual Tensor project(const Tensor& mixed) const = 0;
};

// Pre-norm residual blocks and a final norm:
//   x += dropout(mixer(norm(x)));   with an MLP: x += dropout(mlp(norm(x))).
class ResidualBackbone : public Backbone {
 public:
  std::int64_t dim() const override { return dim_; }
  State initial_state(std::int64_t batch) const override;
  Tensor forward(const Tensor& x, State* state = nullptr) const override;
  Tensor forward_strided(std::int64_t stride, std::int64_t offset, const Tensor& x,
                         State* state = nullptr) const override;
  Tensor forward_at(const Tensor& rows, const Tensor& x) const override;

 protected:
  // Makes a block's mixer as a child of the block.
  using MakeMixer = std::function<std::unique_ptr<Mixer>(Module* parent)>;

  // `mlp` is the MLP's hidden size over dim; 0 = no MLP.
  ResidualBackbone(Module* parent, std::string name, const BackboneConfig& config, std::int64_t mlp,
                   const MakeMixer& make_mixer);

 private:
  struct Block : Module {
    Block(Module* parent, std::string name, std::int64_t dim, std::int64_t mlp,
          const MakeMixer& make_mixer);
    LayerNorm norm;
    std::unique_ptr<Mixer> mixer;
    std::unique_ptr<LayerNorm> mlp_norm;
    std::unique_ptr<Mlp> mlp;
  };

  // run() returns the outputs of the tokens that `pick` selects from each of two tensors; all of
  // them if `pick` is null.
  using Two = std::array<Tensor, 2>;
  using Pick = std::function<Two(const Two& tokens)>;
  Tensor run(const Tensor& x, State* state, const Pick& pick) const;

  std::int64_t dim_;
  double dropout_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::unique_ptr<LayerNorm> norm_;  // made after the blocks: a checkpoint's order
};

}  // namespace seqrl
