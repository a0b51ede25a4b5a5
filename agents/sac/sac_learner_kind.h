// The learner kind of Soft Actor-Critic.
#pragma once

namespace seqrl {

// Adds sac to the table of learners.
void register_sac_learner();

}  // namespace seqrl
