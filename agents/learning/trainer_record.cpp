#include "agents/learning/trainer_record.h"

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
          .adamw = {.weight_decay = t.weight_decay, .clip = t.clip},
          .precision = t.precision == "tf32"   ? Precision::tf32
                       : t.precision == "bf16" ? Precision::bf16
                                               : Precision::float32};
}

Learner::StepResult learner_result(const Trainer::StepResult& result) {
  return {.loss = result.loss, .gradient_norm = result.gradient_norm, .step = result.step};
}

std::vector<Metric> take_metrics(Trainer& trainer) {
  const Trainer::StepResult latest = trainer.wait();
  const auto [sum, steps] = trainer.loss_sum();
  trainer.set_loss_sum({});
  const double mean = sum / static_cast<double>(std::max<std::int64_t>(1, steps));
  return {{"loss", mean}, {"gradient_norm", latest.gradient_norm}, {"lr", latest.lr}};
}

void save(CheckpointWriter& checkpoint, Trainer& trainer, const ParameterBlock& block) {
  const auto [sum, steps] = trainer.loss_sum();  // waits
  checkpoint.add(trainer.optimizer(), block, "optimizer.");
  checkpoint.add_number("loss_sum", sum);
  checkpoint.add_number("loss_steps", steps);
}

void load(const CheckpointReader& checkpoint, Trainer& trainer, ParameterBlock& block) {
  checkpoint.read(block, "model.");
  checkpoint.read(trainer.optimizer(), block, "optimizer.");
  trainer.parameters_changed();
  trainer.set_loss_sum({.sum = checkpoint.number<double>("loss_sum"),
                        .steps = checkpoint.number<std::int64_t>("loss_steps")});
}

}  // namespace seqrl
