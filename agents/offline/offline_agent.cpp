#include "agents/offline/offline_agent.h"

namespace seqrl {

Activation OfflineAgent::action_activation() const {
  return spec().action_choices > 0 ? Activation::none : Activation::tanh;
}

Tensor OfflineAgent::action_loss(const Tensor& predicted, const Windows& windows,
                                 const MeanCount& timesteps) const {
  const auto loss = spec().action_choices > 0 ? masked_cross_entropy : masked_mean_squared_error;
  return loss(predicted, windows.actions, windows.mask, timesteps);
}

}  // namespace seqrl
