#include "agents/task_learner.h"

#include <fmt/format.h>

#include "agents/checkpoint.h"
#include "models/tasks/evaluation.h"
#include "models/tasks/registry.h"

namespace seqrl {

TrainedModel make_trained_model(const RunConfig& config) {
  TrainedModel trained{.config = config};
  trained.task = make_task(config.task, config.seed);
  trained.model = std::make_unique<SequenceModel>(trained.task->shape(), config.backbone);
  trained.parameters = std::make_unique<ParameterBlock>(*trained.model, DType::f32, config.seed);
  return trained;
}

TrainedModel load_model(const CheckpointReader& checkpoint) {
  const RunConfig config = read_run_config(checkpoint);
  SEQRL_REQUIRE(config.trains_task(), "{}: a checkpoint of an agent, not of a task",
                checkpoint.path());
  TrainedModel trained = make_trained_model(config);
  checkpoint.read(*trained.parameters, "model.");
  return trained;
}

TaskLearner::TaskLearner(const RunConfig& config, ThreadPool& pool)
    : pool_(pool),
      trained_(make_trained_model(config)),
      objective_(*trained_.model, *trained_.task, config.training.batch, pool),
      trainer_(*trained_.parameters, objective_, trainer_options(config), pool) {}

Learner::StepResult TaskLearner::step(std::int64_t step) {
  return sums_.add(trainer_.step(step));
}

std::optional<Report> TaskLearner::evaluate(const std::function<bool()>& stop) {
  const PackedWeights weights(*trained_.parameters, false);
  const auto evaluation = seqrl::evaluate(*trained_.model, *trained_.task, weights, pool_, stop);
  if (!evaluation) return std::nullopt;
  Report report{
      .json = to_json(*evaluation),
      .metrics = {{"eval/loss", evaluation->all.loss}, {"eval/accuracy", evaluation->all.accuracy}},
      .ranking = evaluation->ranking(),
      .text = to_text(*evaluation)};
  report.json["task"] = trained_.config.task.kind();
  for (const auto& [name, score] : evaluation->buckets) {
    if (score.answers > 0) report.metrics.push_back({"eval/" + name + "/accuracy", score.accuracy});
  }
  return report;
}

std::string TaskLearner::source() const {
  return fmt::format("the task {}", trained_.config.task.kind());
}

std::optional<double> TaskLearner::broken_parameter() const {
  return not_finite(*trained_.parameters);
}

void TaskLearner::save_weights(CheckpointWriter& checkpoint) const {
  checkpoint.add(*trained_.parameters, "model.");
}

void TaskLearner::save(CheckpointWriter& checkpoint) const {
  save_weights(checkpoint);
  checkpoint.add(trainer_.optimizer(), *trained_.parameters, "optimizer.");
  sums_.save(checkpoint);
}

void TaskLearner::load(const CheckpointReader& checkpoint) {
  checkpoint.read(*trained_.parameters, "model.");
  checkpoint.read(trainer_.optimizer(), *trained_.parameters, "optimizer.");
  trainer_.parameters_changed();
  sums_.load(checkpoint);
}

}  // namespace seqrl
