// The learner kind of agents that learn from recorded experience.
#pragma once

#include <memory>

#include "agents/learning/learner_kind.h"

namespace seqrl {

// Makes OfflineLearners: what is left to a kind of agent is what its runs take (memory(),
// memory_keys()) and whatever else is particular to it.
class OfflineLearnerKind : public LearnerKind {
 public:
  // With the dataset that the config names, or the given one.
  std::unique_ptr<Learner> make(const RunConfig& config, ThreadPool& pool) const override;
  std::unique_ptr<Learner> make(const RunConfig& config, Trajectories data,
                                ThreadPool& pool) const override;
};

// Adds decision_transformer and behavior_cloning to the table of learners.
void register_offline_learners();

}  // namespace seqrl
