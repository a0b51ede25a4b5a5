// How Soft Actor-Critic is trained.
#pragma once

namespace seqrl {

// Adds sac to the table of learners.
void register_sac_learner();

}  // namespace seqrl
