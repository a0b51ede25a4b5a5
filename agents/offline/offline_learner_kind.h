// The learner kinds of agents that learn from recorded experience.
#pragma once

namespace seqrl {

// Adds decision_transformer and behavior_cloning to the table of learners.
void register_offline_learners();

}  // namespace seqrl
