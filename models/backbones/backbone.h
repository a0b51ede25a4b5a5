// The interface of a sequence backbone.
#pragma once

#include "models/backbones/state.h"
#include "models/core/tape.h"
#include "models/nn/module.h"

namespace seqrl {

// Maps a sequence of vectors to another, each output depending on the inputs up to its own.
class Backbone : public Module {
 public:
  using Module::Module;

  // Size of a token, in and out.
  virtual std::int64_t dim() const = 0;

  // The memory of `batch` sequences before their first token. Needs parameters with values.
  virtual State initial_state(std::int64_t batch) const = 0;

  // Sequences that a training pass should have at least, for speed.
  virtual std::int64_t sequences_at_once() const { return 1; }

  // x (batch, time, dim) → (batch, time, dim), causal.
  //
  // Without a state: whole sequences, each from its beginning. With one: goes on where the state
  // stands and leaves it advanced by `time` tokens; gradients do not flow into the state. However a
  // sequence is cut into chunks, the outputs are those of the whole. x may be in a device's memory:
  // the host must not look behind its address (Tensor::device()), nor behind those of parameters.
  virtual Tensor forward(const Tensor& x, State* state = nullptr) const = 0;

  // The outputs of every stride-th token from `offset` on, (batch, time / stride, dim): those of
  // forward(), but a backbone may leave out what only the others need. A Decision Transformer reads
  // one token in three.
  virtual Tensor forward_strided(std::int64_t stride, std::int64_t offset, const Tensor& x,
                                 State* state = nullptr) const;

  // The outputs of the tokens `rows`, int32 (n), of the (batch · time) of whole sequences: (n,
  // dim). As above; on CUDA the host need not know which.
  virtual Tensor forward_at(const Tensor& rows, const Tensor& x) const;
};

}  // namespace seqrl
