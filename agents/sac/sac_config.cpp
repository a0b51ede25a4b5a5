#include "agents/sac/sac_config.h"

#include "agents/config/run_config.h"

namespace seqrl {

void SacConfig::fields(Fields& field) {
  AgentConfig::fields(field);
  field("dim", dim, "width of the hidden layers of actor and critics", in_range(1, kWidestLayer));
  field("layers", layers, "hidden layers of each", in_range(1, kMostLayers));
  field("batch", batch, "transitions in a step", in_range(1, 1 << 20));
  field("lr", lr, "learning rate of actor, critics and temperature (Adam)", positive());
  field("discount", discount, "of future rewards", in_range(0, 1));
  field("target_rate", target_rate, "how far the target critics follow in a step", positive(),
        at_most(1));
  field("random_steps", random_steps, "steps of random actions before it learns",
        in_range(1, kMostSteps));
  field("replay", replay, "newest transitions that it learns from", in_range(1, kMostSteps));
  field("temperature", temperature, "weight of the entropy; null = learned", positive());
  field("target_entropy", target_entropy, "of a learned temperature; null = -(action's numbers)");
}

}  // namespace seqrl
