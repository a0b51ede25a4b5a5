#include "agents/offline/offline_agent.h"

#include "models/ops/layer_loss.h"

namespace seqrl {

Activation OfflineAgent::action_activation() const {
  return spec().action_choices > 0 ? Activation::none : Activation::tanh;
}

Tensor OfflineAgent::action_loss(const Linear& head, const Tensor& x, const Windows& windows,
                                 const MeanCount& timesteps) const {
  if (spec().action_choices > 0) {
    return masked_cross_entropy(head(x), windows.actions, windows.mask, timesteps);
  }
  return linear_squared_error(x, head.weight, head.bias, head.activation(), windows.actions,
                              windows.mask, timesteps);
}

}  // namespace seqrl
