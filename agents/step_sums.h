// What the learners with a Trainer share.
#pragma once

#include <vector>

#include "agents/config.h"
#include "agents/learner.h"
#include "models/training/trainer.h"

namespace seqrl {

// A config's section `training`, as a Trainer takes it.
TrainerOptions trainer_options(const RunConfig& config);

// The averages of a trainer's steps between two lines of metrics.
class StepSums {
 public:
  Learner::StepResult add(const Trainer::StepResult& step);
  // {"loss": the mean, "gradient_norm", "lr": of the latest step}; starts anew.
  std::vector<Metric> take();

  void save(CheckpointWriter& checkpoint) const;
  void load(const CheckpointReader& checkpoint);

 private:
  Trainer::StepResult last_{};
  double loss_sum_ = 0;
  std::int64_t steps_ = 0;
};

}  // namespace seqrl
