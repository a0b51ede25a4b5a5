// The elementwise nonlinearities of layers.
#pragma once

namespace seqrl {

enum class Activation {
  none,
  relu,
  gelu,  // tanh form, as in GPT-2
  silu,
  tanh,
  sigmoid,
};

}  // namespace seqrl
