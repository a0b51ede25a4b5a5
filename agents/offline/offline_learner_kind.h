// The learner kind of agents that learn from recorded experience.
#pragma once

#include <memory>

#include "agents/learning/learner_kind.h"

namespace seqrl {

// Creates OfflineLearners. A subclass for a kind of agent defines the memory that its runs take
// (memory(), memory_keys()) and anything else specific to it.
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
