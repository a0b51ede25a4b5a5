// GRU and LSTM as loops of ordinary ops, one op per gate and token: as in a framework without fused
// recurrences, and the baseline of the paper (arXiv 2410.01201, figure 1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/core/tape.h"
#include "models/nn/layers.h"

namespace seqrl::tools {

// A stack of GRU or LSTM blocks, computed token by token from ordinary ops.
class StepwiseCell : public Module {
 public:
  enum class Kind { gru, lstm };

  // `layers` blocks x + down(cell(norm(x))) of size `dim`, and a last norm.
  StepwiseCell(Kind kind, std::int64_t dim, std::int64_t layers);

  // The tokens x_1 … x_T of a sequence, each (batch, dim) → the outputs, in place.
  void forward(std::span<Tensor> tokens) const;

 private:
  struct Layer : Module {
    Layer(Module* parent, std::string name, std::int64_t gates, std::int64_t dim);
    LayerNorm norm;
    Linear inputs, recurrence, down;
  };

  // The state that a layer carries from token to token, and two constants of its shape (batch,
  // dim).
  struct Memory {
    Tensor h, c, one, minus_one;
  };

  Tensor step(const Layer& layer, const Tensor& x, Memory& memory) const;

  Kind kind_;
  std::int64_t dim_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::unique_ptr<LayerNorm> norm_;
};

}  // namespace seqrl::tools
