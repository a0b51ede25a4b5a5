#include "agents/sac/sac_config.h"

#include "agents/config/run_config.h"

namespace seqrl {

void SacConfig::fields(Fields& field) {
  AgentConfig::fields(field);
  field("dim", dim, "width of the hidden layers of actor and critics", in_range(1, kWidestLayer));
  field("layers", layers, "number of hidden layers of each", in_range(1, kMostLayers));
  field("batch", batch, "transitions per step", in_range(1, 1 << 20));
  field("lr", lr, "learning rate of actor, critics and temperature (Adam)", positive());
  field("discount", discount, "discount factor of future rewards", in_range(0, 1));
  field("target_rate", target_rate,
        "fraction by which target critics move towards the critics per step", positive(),
        at_most(1));
  field("random_steps", random_steps, "steps of random actions before learning starts",
        in_range(1, kMostSteps));
  field("replay", replay, "capacity of the replay buffer, in transitions", in_range(1, kMostSteps));
  field("temperature", temperature, "weight of the entropy; null = learned", positive());
  field("target_entropy", target_entropy,
        "target entropy of a learned temperature; null = -(number of action components)");
}

}  // namespace seqrl
