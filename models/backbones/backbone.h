// The interface of a sequence backbone.
#pragma once

#include "models/backbones/state.h"
#include "models/core/tape.h"
#include "models/nn/module.h"

namespace seqrl {

// Maps a sequence of vectors to a sequence of vectors. Each output depends only on the inputs up to
// its own position.
class Backbone : public Module {
 public:
  using Module::Module;

  // The size of a token, input and output.
  virtual std::int64_t dim() const = 0;

  // The state of `batch` sequences before their first token. Parameters must have values.
  virtual State initial_state(std::int64_t batch) const = 0;

  // The minimum number of sequences that a training pass should have, for speed.
  virtual std::int64_t sequences_at_once() const { return 1; }

  // x (batch, time, dim) → (batch, time, dim), causal.
  //
  // Without a state: whole sequences, each from its beginning. With one: continues from the state
  // and advances it by `time` tokens; gradients do not flow into the state. The outputs do not
  // depend on how a sequence is cut into chunks. x may be in a device's memory (Tensor::device()):
  // the host must not dereference its address or those of parameters.
  virtual Tensor forward(const Tensor& x, State* state = nullptr) const = 0;

  // The outputs of every stride-th token from `offset` on, (batch, time / stride, dim). They equal
  // those of forward(), but a backbone may skip work that only the other tokens need. A Decision
  // Transformer reads one token in three.
  virtual Tensor forward_strided(std::int64_t stride, std::int64_t offset, const Tensor& x,
                                 State* state = nullptr) const;

  // The outputs of the tokens `rows`, int32 (n), among the (batch · time) tokens of whole
  // sequences: (n, dim). They equal those of forward(). On CUDA the host need not know `rows`.
  virtual Tensor forward_at(const Tensor& rows, const Tensor& x) const;
};

}  // namespace seqrl
