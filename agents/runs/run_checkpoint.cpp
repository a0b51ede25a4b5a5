#include "agents/runs/run_checkpoint.h"

#include "configs/schema/config.h"
#include "envs/mujoco/mujoco_model.h"
#include "models/ops/instruction_set.h"

namespace seqrl {

void add_run(CheckpointWriter& checkpoint, const RunConfig& config, const RunProgress& progress) {
  checkpoint.add_text("format", kCheckpointFormat);
  checkpoint.add_text("config", print_config(config));
  checkpoint.add_text("mujoco_version", mujoco_version());
  checkpoint.add_text("instruction_set", instruction_set());
  if (learning_device(config) == Device::cuda) {
    checkpoint.add_text("gpu", runtime_of(Device::cuda).description());
  }
  checkpoint.add_number("step", progress.step);
  checkpoint.add_number("evaluated", progress.evaluated);
  checkpoint.add_text("last_evaluation", progress.last_evaluation);
  checkpoint.add_text("best_evaluation", progress.best_evaluation);
  checkpoint.add_number("best_ranking", progress.best_ranking);
  if (!progress.earlier_best.empty()) checkpoint.add_text("earlier_best", progress.earlier_best);
  checkpoint.add_text("dataset", progress.source);
  if (!progress.data_facts.empty()) checkpoint.add_text("dataset_facts", progress.data_facts);
  if (progress.logs.metrics < 0) return;
  checkpoint.add_number("metrics_bytes", progress.logs.metrics);
  checkpoint.add_number("event_bytes", progress.logs.events);
}

}  // namespace seqrl
