#include "agents/step_sums.h"

#include <algorithm>

namespace seqrl {

TrainerOptions trainer_options(const RunConfig& config) {
  const TrainingConfig& t = config.training;
  return {.seed = config.seed,
          .batch = t.batch,
          .shards = t.shards,
          .lr = t.lr,
          .warmup = t.warmup,
          .schedule = t.schedule == "cosine" ? Schedule::cosine : Schedule::constant,
          .steps = t.steps,
          .adamw = {.weight_decay = t.weight_decay, .clip = t.clip}};
}

Learner::StepResult StepSums::add(const Trainer::StepResult& step) {
  last_ = step;
  loss_sum_ += step.loss;
  ++steps_;
  return {step.loss, step.gradient_norm};
}

std::vector<Metric> StepSums::take() {
  const double mean = loss_sum_ / static_cast<double>(std::max<std::int64_t>(1, steps_));
  loss_sum_ = 0;
  steps_ = 0;
  return {{"loss", mean}, {"gradient_norm", last_.gradient_norm}, {"lr", last_.lr}};
}

void StepSums::save(CheckpointWriter& checkpoint) const {
  checkpoint.add_number("loss_sum", loss_sum_);
  checkpoint.add_number("loss_steps", steps_);
}

void StepSums::load(const CheckpointReader& checkpoint) {
  loss_sum_ = checkpoint.number<double>("loss_sum");
  steps_ = checkpoint.number<std::int64_t>("loss_steps");
}

}  // namespace seqrl
