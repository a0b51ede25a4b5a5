#include "agents/learning/trainer_options.h"

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
          .gpu_shards = std::max<std::int64_t>(1, t.gpu_shards),
          .precision = t.precision == "tf32"   ? Precision::tf32
                       : t.precision == "bf16" ? Precision::bf16
                                               : Precision::float32,
          .ranks = config.ranks};
}

}  // namespace seqrl
